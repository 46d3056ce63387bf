// An application that loses its process in one way or another: node app.mjs '{"ends": "exit", "count": 100, …}'.
// One line on stdout for each fact: `done <n>` (so many interactions are complete), and its account as JSON.
import { writeSync } from 'node:fs';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

const app = JSON.parse(process.argv[2]);
const say = (line) => writeSync(1, `${line}\n`);

let handed = 0;
// Asked directly before a record is handed to delivery. `stats()` can't tell: what it has seen includes what other processes left.
const filter = () => ++handed > 0;
const hp = huggingPlace({ ...app.options, filter });
const provider = new BasicTracerProvider({ spanProcessors: hp.spanProcessors });
const tracer = provider.getTracer('faults');

const messages = (role, content) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);
const answer = messages('assistant', 'x'.repeat(app.answerChars ?? 100));
let made = 0;
function interact() {
  const attributes = {
    'huggingplace.message_id': `${app.prefix ?? ''}${made++}`,
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.input.messages': messages('user', `question ${made}`),
    'gen_ai.output.messages': answer,
  };
  tracer.startSpan('chat gpt-5', { attributes }).end();
}

const account = () => say(JSON.stringify(hp.stats()));

/** Complete, and handed to delivery: on disk where there is a spool. */
async function handedOver() {
  do await turn();
  while (handed < made);
  await turn();
  say(`done ${made}`);
}

const ends = {
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('the application fails');
  },
  reject: () => void Promise.reject(new Error('the application fails')),
  end: () => undefined,
  signal: async () => {
    if (app.handler) {
      process.on('SIGTERM', async () => {
        await provider.shutdown();
        process.exit(7);
      });
    }
    say('ready');
    await sleep(30_000, undefined, { ref: true });
  },
  flush: async () => {
    await hp.forceFlush();
    account();
    process.kill(process.pid, 'SIGKILL');
  },
  /** Works on until somebody kills it. */
  kill: async () => {
    say('ready');
    for (;;) {
      for (let i = 0; i < 5; i++) interact();
      await handedOver();
      await sleep(1);
    }
  },
  /** Delivers what others left, and says so. */
  adopt: async () => {
    const untilMs = Date.now() + app.forMs;
    while (Date.now() < untilMs) {
      await sleep(100);
      await hp.forceFlush();
    }
    await provider.shutdown();
    account();
  },
};

for (let i = 0; i < (app.count ?? 0); i++) interact();
if (app.handOver) await handedOver();
if (['exit', 'throw', 'reject', 'end'].includes(app.ends)) process.on('exit', account);
await ends[app.ends]();
