/** The dev server's page in a real browser, with interactions that come through the exporter, not past it. It needs the page's build: `pnpm build` comes first. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { recordFeedback, startActiveInteraction, startActiveSession, startActiveStep } from '@huggingplace/tracing';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, openPage } from '../../packages/dev-server/src/testing/browser.ts';
import { accountAt, message } from './application.ts';

const ARTIFACTS = fileURLToPath(new URL('../artifacts/', import.meta.url));

let browser: Awaited<ReturnType<typeof openBrowser>>;
let server: DevServer;
let tracers: BasicTracerProvider;
let hp: ReturnType<typeof huggingPlace>;
beforeAll(async () => {
  await mkdir(ARTIFACTS, { recursive: true });
  [browser, server] = await Promise.all([openBrowser(), startDevServer()]);
  hp = huggingPlace({ ...accountAt(server), exitTimeoutMs: 0, feedbackPath: '/v2/chatgpt/feedback' });
  tracers = new BasicTracerProvider({ spanProcessors: hp.spanProcessors });
  trace.setGlobalTracerProvider(tracers);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(async () => {
  await tracers.shutdown();
  trace.disable();
  context.disable();
  await browser.close();
  await server.close();
});

/** A question with a search and a model call, as an application with our helpers and an auto-instrumentation has it. */
const ask = async (question: string): Promise<string> =>
  startActiveSession({ sessionId: 'chat-1', user: { id: 'ada' } }, () =>
    startActiveInteraction('answer', { userPrompt: question }, async (interaction) => {
      await startActiveStep('look up the order', { type: 'retrieval', input: question }, () =>
        Promise.resolve('order 1042: on its way'),
      );
      const call = tracers.getTracer('llm').startSpan('chat gpt-5', {
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': 'gpt-5',
          'gen_ai.input.messages': message('user', question),
          'gen_ai.output.messages': message('assistant', 'It is on its way.'),
          'gen_ai.usage.input_tokens': 120,
          'gen_ai.usage.output_tokens': 8,
        },
      });
      await Promise.resolve();
      call.end();
      interaction.setResponse('It is on its way.');
      return interaction.messageId;
    }),
  );

it('shows what the exporter sends as it comes, to the last step, and the feedback that follows', async () => {
  const { page, complaints, foreignRequests } = await openPage(browser, server.url);
  await page.goto(server.url);
  await page.getByText('Waiting for the first interaction').waitFor();
  const messageId = await ask('Where is order 1042?');
  const arrived = page.locator('a[data-row]', { hasText: 'Where is order 1042?' });
  await arrived.waitFor();

  await arrived.click();
  await page.locator('.step-line', { hasText: 'look up the order' }).click();
  expect(await page.locator('.step-opened').innerText()).toContain('order 1042: on its way');
  expect(await page.locator('.detail').innerText()).toMatch(/It is on its way\.[^]*gpt-5/);

  await hp.forceFlush();
  expect(await recordFeedback({ messageId, likes: 1, comment: 'quick and right' })).toEqual({ status: 'delivered' });
  await page.reload();
  await page.getByText('quick and right').waitFor();
  await page.screenshot({ path: path.join(ARTIFACTS, 'interaction-through-exporter.png') });

  await page.goto(server.url);
  for (const question of ['And order 1043?', 'And the bill?']) await ask(question);
  await expect.poll(() => page.locator('a[data-row]').count()).toBe(3);
  await page.keyboard.press('/');
  await page.keyboard.type('1043');
  await expect.poll(() => page.locator('a[data-row]').count()).toBe(1);
  await page.goto(`${server.url}/conversations/chat-1`);
  await expect.poll(() => page.locator('.turn').count()).toBe(3);
  expect({ complaints, foreignRequests }).toEqual({ complaints: [], foreignRequests: [] });
  await page.close();
});

it('exports them as JSON and CSV', async () => {
  const { page } = await openPage(browser, server.url);
  await page.goto(server.url);
  await page.locator('a[data-row]').first().waitFor();
  for (const format of ['JSON', 'CSV']) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: format }).click()]);
    expect(await readFile(await file.path(), 'utf8')).toContain('Where is order 1042?');
  }
  await page.close();
});
