/** The page in a real browser, against a real server. It needs `dist/page`: `pnpm build` comes first. */
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { openBrowser, openPage, type Watched } from './testing/browser.ts';
import { TestClient } from './testing/client.ts';
import { exampleInteraction, seededRandom } from './testing/example-interactions.ts';
import { XSS_PAYLOADS } from './testing/xss-payloads.ts';

const ARTIFACTS = fileURLToPath(new URL('../artifacts/', import.meta.url));
const EXAMPLES = 120;

let browser: Browser;
let server: DevServer;
let client: TestClient;
beforeAll(async () => {
  await mkdir(ARTIFACTS, { recursive: true });
  [browser, server] = await Promise.all([
    openBrowser(),
    startDevServer({ organisations: { 'key-of-hostile': 'hostile' } }),
  ]);
  client = new TestClient(server);
  const random = seededRandom(7);
  for (let index = 0; index < EXAMPLES; index++) await client.post(exampleInteraction({ random, index }));
  // As if they had come in the course of a day.
  await server.database.query(
    "UPDATE chat SET created = created - (1 - id / 120.0) * (1 - id / 120.0) * interval '23 hours'",
  );
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Opens an address, lets the test at it, and finds that the page had nothing to complain of. */
async function visit(address: string, look: (watched: Watched) => Promise<void>, options = {}): Promise<void> {
  const watched = await openPage(browser, server.url, options);
  try {
    await watched.page.goto(server.url + address);
    await look(watched);
    expect(watched.complaints).toEqual([]);
    expect(watched.foreignRequests).toEqual([]);
  } finally {
    await watched.page.close();
  }
}

const rows = (page: Page) => page.locator('a[data-row]');

describe('the list', () => {
  it('shows an interaction the moment it is stored', async () => {
    await visit('/', async ({ page }) => {
      await rows(page).first().waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await client.post({ org_id: 'local', user_prompt: 'Did you see me arrive?', llm_model: 'gpt-5.2' });
      await page.locator('a.row.new', { hasText: 'Did you see me arrive?' }).waitFor({ timeout: 3_000 });
      expect(await rows(page).first().innerText()).toContain('Did you see me arrive?');
    });
  });

  it('finds what is searched for, and keeps the search in its address', async () => {
    await client.post({ org_id: 'local', user_prompt: 'Where is the 100% cotton_shirt?' });
    await visit('/', async ({ page }) => {
      await rows(page).nth(20).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('100% COTTON_');
      await expect.poll(() => rows(page).count()).toBe(1);
      expect(new URL(page.url()).searchParams.get('search')).toBe('100% COTTON_');
      await page.reload();
      await expect.poll(() => rows(page).count()).toBe(1);
    });
  });

  it('filters by result, model and mode', async () => {
    await visit('/', async ({ page }) => {
      await rows(page).first().waitFor();
      await page.getByLabel('Result').selectOption('failed');
      await expect.poll(() => page.locator('a.row .dot:not(.failed)').count()).toBe(0);
      await page.getByLabel('Result').selectOption('');
      await page.getByRole('button', { name: 'dev' }).click();
      await expect
        .poll(async () => (await page.locator('a.row .tag.dev').count()) === (await rows(page).count()))
        .toBe(true);
      await page.goto(`${server.url}/?model=mistral-large-3`);
      await page.getByRole('button', { name: 'mistral-large-3' }).waitFor();
      const models = async () => new Set(await page.locator('a.row .tag:not(.dev)').allTextContents());
      await expect.poll(models).toEqual(new Set(['mistral-large-3']));
    });
  });

  it('shows older ones when asked, each once, while new ones arrive', async () => {
    await visit('/', async ({ page }) => {
      await rows(page).nth(49).waitFor();
      await page.getByRole('button', { name: 'Show older' }).click();
      await expect.poll(() => rows(page).count()).toBe(100);
      await client.post({ org_id: 'local', user_prompt: 'One more' });
      await expect.poll(() => rows(page).count()).toBe(101);
      const ids = await page.evaluate<string[]>(
        `[...document.querySelectorAll('a[data-row]')].map((link) => link.dataset.row)`,
      );
      expect(new Set(ids).size).toBe(101);
    });
  });

  it('is gone through by keys', async () => {
    await visit('/', async ({ page }) => {
      await rows(page).nth(3).waitFor();
      for (const key of ['j', 'j', 'k', 'j']) await page.keyboard.press(key);
      const second = await rows(page).nth(1).getAttribute('data-row');
      expect(await page.evaluate('document.activeElement?.dataset.row')).toBe(second);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/interactions/${second}`);
      const third = await rows(page).nth(2).getAttribute('data-row');
      await page.keyboard.press('j');
      await page.waitForURL(`**/interactions/${third}`);
      await page.keyboard.press('Escape');
      await page.waitForURL(`${server.url}/`);
      await page.keyboard.press('g');
      await page.keyboard.press('d');
      await page.waitForURL('**/dashboard');
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    });
  });

  it.each(['json', 'csv'] as const)('is exported as %s, with its filters', async (format) => {
    await visit('/?status=failed', async ({ page }) => {
      await rows(page).first().waitFor();
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: format.toUpperCase() }).click();
      const text = await readFile(await (await download).path(), 'utf8');
      const failed = await server.database.query('SELECT count(*) AS n FROM prompt_details WHERE failed');
      if (format === 'json') {
        const exported = JSON.parse(text) as { failed: boolean }[];
        expect(exported.every((one) => one.failed)).toBe(true);
        expect(exported.length).toBe(failed[0]?.['n']);
      } else {
        expect(text.startsWith('id,created_at,mode,')).toBe(true);
        expect(text).not.toMatch(/^[=+@]/m);
      }
    });
  });
});

describe('one interaction', () => {
  const withSteps = async (): Promise<string> => {
    const found = await server.database.query(
      'SELECT chat_id FROM prompt_details WHERE jsonb_array_length(step_data) > 5 ORDER BY chat_id DESC LIMIT 1',
    );
    return String(found[0]?.['chat_id']);
  };

  it('is opened from the list, and a step of it followed', async () => {
    await visit('/', async ({ page }) => {
      await page.locator(`a[data-row="${await withSteps()}"]`).click();
      const steps = page.getByRole('region', { name: 'Steps' });
      const retrieval = steps.getByRole('button', { name: /search documents/ });
      await retrieval.click();
      await steps.getByLabel('Output').getByText('"doc-17"').waitFor();
      // A child stands one step in from its agent, and its bar begins where it began.
      const [agent, child] = await Promise.all(
        [steps.getByRole('button', { name: /agent/ }).first(), retrieval].map((step) =>
          step.locator('.step-label').boundingBox(),
        ),
      );
      expect(child!.x).toBeGreaterThan(agent!.x);
      await page.getByRole('link', { name: /session/ }).click();
      await page.waitForURL('**/conversations/session-*');
      await page.locator('.turn').first().waitFor();
    });
  });

  it('says so when it is not there', async () => {
    const watched = await openPage(browser, server.url);
    await watched.page.goto(`${server.url}/interactions/999999`);
    await watched.page.getByText('Not here').waitFor();
    await watched.page.close();
  });

  it('shows the feedback that comes later', async () => {
    await client.post({ org_id: 'local', message_id: 'rated', user_prompt: 'Rate me' });
    const [row] = await server.database.query("SELECT id FROM chat WHERE message_id = 'rated'");
    await visit(`/interactions/${String(row?.['id'])}`, async ({ page }) => {
      await page.getByRole('heading', { name: 'Rate me' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await client.post({ message_id: 'rated', comment: 'very helpful' }, '/v2/chatgpt/feedback');
      await page.getByText('very helpful').waitFor({ timeout: 10_000 });
    });
  });

  it('holds steps of any shape: circles, lost parents, a chain without end', async () => {
    const chain = Array.from({ length: 5_000 }, (_, index) => ({
      step_name: `link ${index}`,
      span_id: `s${index}`,
      parent_span_id: index === 0 ? 'nobody' : `s${index - 1}`,
    }));
    const circle = [
      { step_name: 'self', span_id: 'x', parent_span_id: 'x', start_ms: -5, time_ms: 1e308 },
      { step_name: 'one', span_id: 'a', parent_span_id: 'b' },
      { step_name: 'other', span_id: 'b', parent_span_id: 'a' },
      { step_type: 'constructor', status: 'failed' },
    ];
    await client.post({
      org_id: 'local',
      message_id: 'shapes',
      user_prompt: 'Any shape',
      step_data: [...circle, ...chain],
    });
    const [row] = await server.database.query("SELECT id FROM chat WHERE message_id = 'shapes'");
    await visit(`/interactions/${String(row?.['id'])}`, async ({ page }) => {
      await page.getByRole('button', { name: 'Show all 5,004 steps' }).click();
      await expect.poll(() => page.locator('.step').count()).toBe(5_004);
    });
  });
});

describe('conversations', () => {
  it('are found, opened and read in order', async () => {
    for (const turn of ['first', 'second', 'third']) {
      await client.post({
        org_id: 'local',
        session_id: 'a/b?c',
        user_prompt: `the ${turn} quokka`,
        ai_response: `answer ${turn}`,
      });
    }
    await visit('/conversations', async ({ page }) => {
      await rows(page).nth(3).waitFor();
      await page.getByRole('searchbox').fill('quokka');
      await expect.poll(() => rows(page).count()).toBe(1);
      expect(await rows(page).first().innerText()).toMatch(/the first quokka[^]*3 turns/);
      await rows(page).first().click();
      await expect
        .poll(() => page.locator('.by-user').allInnerTexts())
        .toEqual(['the first quokka', 'the second quokka', 'the third quokka']);
    });
  });
});

describe('the dashboard', () => {
  it('adds up what the database holds', async () => {
    const [totals] = await server.database.query(
      'SELECT count(*) AS n, count(*) FILTER (WHERE failed) AS failed FROM chat JOIN prompt_details ON chat_id = id WHERE org_id = $1',
      ['local'],
    );
    await visit('/dashboard', async ({ page }) => {
      const card = (name: string) => page.locator('.card', { hasText: name });
      await expect.poll(() => card('Interactions').innerText()).toContain(`\n${String(totals?.['n'])}\n`);
      expect(await card('Success').innerText()).toContain(`${String(totals?.['failed'])} failed`);
      await page.getByRole('button', { name: '15m' }).click();
      await page.waitForURL('**range=15m');
      await page.goto(`${server.url}/dashboard`);
      await page.getByRole('region', { name: 'Errors by type' }).getByRole('link').first().click();
      await page.waitForURL(/\?.*error=/);
      await rows(page).first().waitFor();
      expect(await page.locator('a.row .dot:not(.failed)').count()).toBe(0);
    });
  });
});

it(
  'runs no text of anybody’s as a script, and loads nothing for it, in any field of any view',
  { timeout: 120_000 },
  async () => {
    const hostile = new TestClient(server, 'key-of-hostile');
    for (const [index, payload] of XSS_PAYLOADS.entries()) {
      const id = `${payload}${index}`.slice(0, 500);
      const text = {
        user_prompt: payload,
        ai_response: payload,
        file_name: payload,
        mapping_table: payload,
        org_uuid: payload,
      };
      const stored = await hostile.post({
        ...text,
        org_id: 'hostile',
        message_id: id,
        session_id: id,
        user_uuid: payload,
        user_roles: [payload],
        llm_model: payload,
        llm_model2: payload,
        response_time: payload,
        metaData: {
          [payload]: payload,
          system_prompt: payload,
          error: index % 2 === 0,
          errorMessage: payload,
          errorType: payload,
        },
        user_meta_data: { [payload]: payload, username: payload },
        step_data: [
          {
            ...{
              step_name: payload,
              step_type: payload,
              status: 'failed',
              error_message: payload,
              llmModel: payload,
              [payload]: payload,
            },
            ...{
              userQuestion: payload,
              promptResponse: payload,
              responseTime: payload,
              span_id: payload,
              parent_span_id: payload,
            },
          },
        ],
      });
      expect(stored.status).toBe(200);
    }
    const ids = (await server.database.query("SELECT id, session_id FROM chat WHERE org_id = 'hostile'")) as {
      id: number;
      session_id: string;
    }[];
    expect(ids.length).toBe(200);

    const { page, complaints, foreignRequests } = await openPage(browser, server.url);
    let calls = 0;
    await page.exposeFunction('hostile', () => calls++);
    const open = async (address: string): Promise<void> => {
      // By its own links, as a person does: the page stays the same document.
      await page.evaluate(
        `history.pushState(null, '', ${JSON.stringify(address)}); dispatchEvent(new PopStateEvent('popstate'));`,
      );
    };
    await page.goto(`${server.url}/?org=hostile`);
    await expect.poll(() => rows(page).count()).toBe(50);
    for (const { id, session_id } of ids) {
      await open(`/interactions/${id}?org=hostile`);
      await page.locator(`a[data-row="${id}"][aria-current], .detail .step-line`).first().waitFor();
      await page.locator('.step-line').first().click();
      await page.locator('.step-opened').waitFor();
      await open(`/conversations/${encodeURIComponent(session_id)}?org=hostile`);
      await page.locator('.turn').first().waitFor();
    }
    await open('/conversations?org=hostile');
    await rows(page).first().waitFor();
    await open('/dashboard?org=hostile');
    await page.locator('.ranking a').first().waitFor();
    for (const payload of XSS_PAYLOADS.slice(0, 20)) {
      await page.goto(
        `${server.url}/?org=hostile&search=${encodeURIComponent(payload)}&model=${encodeURIComponent(payload)}`,
      );
      await page.locator('.chip').waitFor();
    }
    expect({ calls, complaints, foreignRequests }).toEqual({ calls: 0, complaints: [], foreignRequests: [] });
    await page.close();
  },
);

describe('every view', async () => {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const views = {
    list: '/',
    interaction: '/interactions/119',
    conversations: '/conversations',
    conversation: '/conversations/session-3',
    dashboard: '/dashboard',
    empty: '/?search=nothing+at+all',
  };
  const sizes = {
    desktop: { viewport: { width: 1440, height: 900 } },
    phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  };

  it.each(
    Object.entries(views).flatMap(([name, address]) =>
      (['desktop', 'phone'] as const).flatMap((size) =>
        (['light', 'dark'] as const).map((scheme) => ({ name, address, size, scheme })),
      ),
    ),
  )('is accessible: $name, $size, $scheme', async ({ name, address, size, scheme }) => {
    await visit(
      address,
      async ({ page }) => {
        await page.locator('main :is(.row, .card, .turn, .empty, .figures):visible').first().waitFor();
        if (name === 'interaction') await page.locator('.step-line').nth(3).click();
        await page.evaluate('document.fonts.ready.then(() => undefined)');
        await page.screenshot({ path: path.join(ARTIFACTS, `${name}-${size}-${scheme}.png`) });
        // Nothing is wider than the screen.
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        // Through the debugger, which the page's policy does not bind; its frames would be of other origins.
        await page.evaluate(axe);
        const results = await page.evaluate<AxeResults>('axe.run({ iframes: false })');
        expect(
          results.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html) })),
        ).toEqual([]);
      },
      { ...sizes[size], colorScheme: scheme },
    );
  });
});

it('asks for a key where other machines can reach it', async () => {
  const open = await startDevServer({ host: '0.0.0.0', apiKey: 'a-key-of-my-own', orgId: 'mine' });
  const { page } = await openPage(browser, open.url);
  await page.goto(open.url);
  await page.getByLabel('API key').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('not known here').waitFor();
  await page.getByLabel('API key').fill('a-key-of-my-own');
  await page.keyboard.press('Enter');
  await page.getByText('Waiting for the first interaction').waitFor();
  await page.screenshot({ path: path.join(ARTIFACTS, 'quick-start.png') });
  await page.close();
  await open.close();
});
