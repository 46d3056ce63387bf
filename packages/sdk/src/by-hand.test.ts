/** What a newcomer stumbled over when calling by hand. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AuthenticationError, NetworkError, ValidationError } from './errors.ts';
import { FileTransport } from './file-transport.ts';
import { HuggingPlace } from './huggingplace.ts';
import type { HuggingPlaceOptions } from './huggingplace-options.ts';
import type { LogOptions } from './log-options.ts';
import { MemoryTransport } from './memory-transport.ts';
import { withoutContent } from './said-without-content.ts';
import { answerWith, Backend } from './testing/backend.ts';
import { expectBuilt } from './testing/built.ts';
import { ManualClock } from './testing/clock.ts';
import { DiagLines } from './testing/diag.ts';
import type { Transport } from './transport.ts';

const OPTIONS = { apiKey: 'hp-canary-4f1d9e', orgId: 7 };

function inMemory(options: HuggingPlaceOptions = {}) {
  const transport = new MemoryTransport();
  return { transport, client: new HuggingPlace({ transport, ...options }) };
}

/** Runs a program of ES modules against the built package, with nothing at its backend. */
async function run(program: string) {
  expectBuilt();
  const built = new URL('../dist/index.mjs', import.meta.url).href;
  const source = `import { HuggingPlace } from '${built}';
    const client = new HuggingPlace({ apiKey: 'hp-canary-4f1d9e', orgId: 7, baseUrl: 'http://127.0.0.1:9', totalTimeoutMs: 5000, exitTimeoutMs: 300 });
    ${program}`;
  const startMs = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: ended[0] as number, stdout, stderr, lifeMs: performance.now() - startMs };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a log() that nobody awaits', () => {
  it.each(["client.log({ userPrompt: 'Why?' });", "client.log({ userPrompt: 'Why?' }).catch(() => undefined);"])(
    'ends no application, and keeps none alive while the backend is away: %s',
    async (program) => {
      const { code, stderr, lifeMs } = await run(program);
      expect([code, stderr]).toEqual([0, '']);
      expect(lifeMs).toBeLessThan(4_000);
    },
    20_000,
  );

  it('is settled where somebody awaits it, however long that takes', async () => {
    const { code, stdout } = await run(
      "await client.log({ userPrompt: 'Why?' }).catch((error) => console.log(error.name));",
    );
    expect([code, stdout]).toEqual([0, 'NetworkError\n']);
  }, 20_000);

  it.each([
    ['log', (client: HuggingPlace) => client.log(null as never)],
    ['logStep', (client: HuggingPlace) => client.logStep(null as never)],
    ['session.log', (client: HuggingPlace) => client.startSession('s').log(null as never)],
    ['session.logStep', (client: HuggingPlace) => client.startSession('s').logStep(null as never)],
  ])('rejects nowhere, and says once through diag what is wrong (%s)', async (_, call) => {
    using diag = new DiagLines();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { client } = inMemory();
    void call(client);
    await expect(call(client)).rejects.toBeInstanceOf(ValidationError);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(diag.lines).toEqual([expect.stringContaining('an interaction is not recorded: huggingplace: ')]);
  });
});

describe('options', () => {
  it('refuses an address of the environment that can not be used: nothing would be stored', () => {
    vi.stubEnv('HUGGINGPLACE_BASE_URL', 'localhost:4000/path');
    expect(() => new HuggingPlace(OPTIONS)).toThrow(
      /HUGGINGPLACE_BASE_URL: expected an https: URL .*, got a text of 19 characters; nothing could be sent/,
    );
  });

  it.each([
    ['baseURL', 'baseUrl'],
    ['apikey', 'apiKey'],
    ['org_id', 'orgId'],
    ['tiemout', 'timeout'],
  ])('refuses one that is misspelt, and names the nearest (%s)', (given, nearest) => {
    const options = { ...OPTIONS, [given]: 'x' };
    expect(() => new HuggingPlace(options)).toThrow(`huggingplace: option ${given} is unknown: expected ${nearest}`);
  });

  it('takes those of today’s SDK as it does', () => {
    const client = new HuggingPlace({ ...OPTIONS, silent: 'yes' as never, timeout: 0 });
    expect(client.getConfig()).toMatchObject({ silent: true, timeoutMs: 2 ** 31 - 1 });
  });

  it('needs no key for what stays in memory', async () => {
    const { client, transport } = inMemory();
    await client.log({ userPrompt: 'Why?' });
    expect(transport.interactions).toHaveLength(1);
  });
});

describe('fields that today’s SDK takes', () => {
  interface Plan {
    readonly plan: string;
  }
  const plan: Plan = { plan: 'pro' };

  it.each<[LogOptions, object]>([
    [
      { user_prompt: 42 as never, ai_response: { a: [1] } as never },
      { user_prompt: '42', ai_response: '{"a":[1]}' },
    ],
    [{ llm_model: ['a'] as never }, { llm_model: '["a"]' }],
    [{ metaData: '{"a":1}' as never }, { metaData: { a: 1 } }],
    [
      { metaData: plan, user_metadata: plan },
      { metaData: { plan: 'pro' }, user_meta_data: { plan: 'pro' } },
    ],
    [{ step_data: { step_name: 'sql' } as never }, { step_data: [{ step_name: 'sql' }] }],
    [{ step_data: '[{"step_name":"sql"}]' as never }, { step_data: [{ step_name: 'sql' }] }],
    [{ user_roles: [1, 'admin'] }, { user_roles: ['1', 'admin'] }],
    [{ response_time: 184.33684999999969 }, { response_time: '0 min 0.18 sec' }],
  ])('are taken where their meaning is plain (%#)', async (options, expected) => {
    const { client, transport } = inMemory();
    await client.log(options);
    expect(transport.interactions).toMatchObject([expected]);
  });

  it('hints at a field that is misspelt, once', async () => {
    using diag = new DiagLines();
    const { client } = inMemory();
    await client.log({ user_promt: 'Why?' });
    await client.log({ user_promt: 'Why?' });
    expect(diag.lines).toEqual([
      expect.stringContaining('user_promt is no field and is stored as it is: is user_prompt'),
    ]);
  });

  it('keeps the caller’s response in either spelling when it times a call', async () => {
    const { client, transport } = inMemory();
    await client.logWithTiming('Why?', () => 'Because.', { response: 'shown', responseTime: '1 min 0.00 sec' });
    expect(transport.interactions).toMatchObject([{ ai_response: 'shown', response_time: '1 min 0.00 sec' }]);
  });
});

describe('a call with something missing', () => {
  const { client, transport } = inMemory();

  it.each<[string, () => unknown, string]>([
    ['updateConfig', () => client.updateConfig(undefined as never), 'updateConfig(): expected an object'],
    ['logBatch', () => client.logBatch(undefined as never), 'logBatch(): expected a list of interactions'],
    ['logBatch', () => client.logBatch({} as never), 'logBatch(): expected a list of interactions'],
    ['traceStep', () => client.traceStep(undefined as never), 'traceStep(): func: expected a function'],
    ['traceLLM', () => client.traceLLM(undefined as never), 'traceLLM(): llmFunction: expected a function'],
    ['traceMultiStepFlow', () => client.traceMultiStepFlow({ flowName: 'x' } as never), 'steps: expected a list'],
    ['logWithTiming', () => client.logWithTiming('q', 'no' as never), 'callModel: expected a function'],
    ['startSession', () => client.startSession({} as never), 'startSession(): session_id: expected a text'],
    ['startSession', () => client.startSession('s', { metaData: 3 as never }), 'metaData: expected an object'],
    ['FileTransport', () => new FileTransport(undefined as never), 'option path: expected a text'],
  ])('says what was expected and stores nothing (%s)', async (_, call, message) => {
    await expect((async () => await call())()).rejects.toThrow(message);
    await expect((async () => await call())()).rejects.toBeInstanceOf(ValidationError);
    expect(transport.interactions).toEqual([]);
  });
});

describe('a transport of one’s own', () => {
  it.each([
    [undefined, 'a value of type undefined'],
    [{ type: 'done' }, 'type "done"'],
    [{ type: 'failed' }, 'type "failed" without an error'],
  ])('that gives something unexpected is told what was expected (%#)', async (given, got) => {
    const clock = new ManualClock();
    const transport = { store: () => Promise.resolve(given), close: () => Promise.resolve() } as unknown as Transport;
    const client = new HuggingPlace({ ...OPTIONS, transport }, { clock });
    const logged = client.log({ userPrompt: 'Why?' });
    await clock.advance(30_000);
    await expect(logged).rejects.toThrow(/the transport: expected \{ type: "stored" \}/);
    await expect(logged).rejects.toThrow(got);
  });

  it('that never answers is given up after totalTimeoutMs', async () => {
    const clock = new ManualClock();
    const transport: Transport = { store: () => new Promise(() => undefined), close: () => Promise.resolve() };
    const client = new HuggingPlace({ ...OPTIONS, transport }, { clock });
    const logged = client.log({ userPrompt: 'Why?' });
    await clock.advance(30_000);
    await expect(logged).rejects.toBeInstanceOf(NetworkError);
  });
});

describe('errors', () => {
  it('keep their reason where a text is short, or stands in words of our own', () => {
    const message = 'no answer from http://localhost:4318 (ECONNREFUSED)';
    expect(withoutContent(message, ['4', 'no', 'answer from http://localhost'])).toBe(message);
    expect(withoutContent('HTTP 400: field 4 is wrong', ['4'])).toBe('HTTP 400: field 4 is wrong');
  });

  it('are not mangled by a key of one character', async () => {
    await using backend = await Backend.start();
    backend.answer = (response) => answerWith(response, 400, { message: 'a bad day' });
    const client = new HuggingPlace({ apiKey: 'a', orgId: 7, baseUrl: backend.url });
    await expect(client.log({})).rejects.toThrow('HTTP 400: a bad day');
  });

  it('have a message by default, and in JSON', () => {
    expect(JSON.parse(JSON.stringify(new AuthenticationError()))).toMatchObject({
      message: 'Authentication failed',
      code: 'AUTH_ERROR',
    });
  });
});

describe('a stream whose fields can not be had', () => {
  it('is recorded with what is known', async () => {
    using diag = new DiagLines();
    const { client, transport } = inMemory();
    const answer = (async function* () {
      yield await Promise.resolve('Because.');
    })();
    const { stream, logged } = client.logStream(() => {
      throw new Error('usage is missing');
    }, answer);
    for await (const piece of stream) expect(piece).toBe('Because.');
    await logged;
    expect(transport.interactions).toMatchObject([{ ai_response: 'Because.' }]);
    expect(diag.lines).toEqual([expect.stringContaining('the function that gives the fields threw an error (Error)')]);
  });
});
