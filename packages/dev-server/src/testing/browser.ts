/** A real Chromium for tests of the page: it comes with an npm package, and starts without a download. */
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Not the package's own flags: among them are some that switch the browser's protections off. */
const FLAGS = [
  // Tests often run as root, where Chromium's sandbox does not.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What takes longer than this on a busy machine does not come. */
const PATIENCE_MS = 8_000;

export const openBrowser = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await sparticuz.executablePath(), args: FLAGS });

/** What a page did that it should not: every error that it met, and every request to elsewhere. */
export interface Watched {
  page: Page;
  /** Errors and warnings of its console, and exceptions. */
  complaints: string[];
  foreignRequests: string[];
}

export async function openPage(
  browser: Browser,
  base: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  const foreignRequests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) foreignRequests.push(request.url());
  });
  return { page, complaints, foreignRequests };
}
