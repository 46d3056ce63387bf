/** Every end of a process, with a hundred interactions that are complete: with our span processor all of them arrive, in each SDK. */
import { otherSdks, SDK_2, type Sdk } from '../../compat/sdks.ts';
import { CA, LOCALHOST, SERVER_KEY } from '../../../packages/sdk/src/testing/certificates.ts';
import { Sink } from '../../../packages/sdk/src/testing/sink.ts';
import { type AppPlan, runApp } from '../run-app.ts';
import { endedAs, endedWithin, type Row } from '../trial.ts';

const COUNT = 100;

/** What happens, and how the process ends without us. */
export const ENDS: readonly (readonly [string, AppPlan, number | NodeJS.Signals, NodeJS.Signals?])[] = [
  ['process.exit', { ends: 'exit' }, 3],
  ['uncaught exception', { ends: 'throw' }, 1],
  ['unhandled rejection', { ends: 'reject' }, 1],
  ['natural end', { ends: 'end' }, 0],
  ['SIGTERM', { ends: 'signal' }, 'SIGTERM', 'SIGTERM'],
  ['SIGINT', { ends: 'signal' }, 'SIGINT', 'SIGINT'],
  ['SIGTERM, the application shuts down', { ends: 'signal', handler: true }, 7, 'SIGTERM'],
  ['an awaited forceFlush, then SIGKILL', { ends: 'flush' }, 'SIGKILL'],
  ['waitUntil(forceFlush()), then SIGKILL', { ends: 'waitUntil' }, 'SIGKILL'],
];

const endsWith = (sdk: Sdk): readonly Row[] =>
  ENDS.map(([name, plan, expected, signal]) => ({
    name: sdk === SDK_2 ? name : `${name} (SDK ${sdk.version})`,
    isOurs: sdk !== SDK_2,
    run: async (trial) => {
      const around = { sdk, ...(signal !== undefined && { signal }) };
      const ended = await trial.app({ ...plan, count: COUNT }, { otherwise: 200 }, around);
      return trial.count(COUNT, [ended], endedAs(ended, expected));
    },
  }));

const EXIT_TIMEOUT_MS = 500;

export const processEnds: readonly Row[] = [
  ...endsWith(SDK_2),
  ...otherSdks().flatMap(endsWith),
  {
    name: 'a platform with waitUntil, then SIGKILL',
    isOurs: true,
    run: async (trial) => {
      const ended = await trial.app({ ends: 'platform', count: COUNT });
      return trial.count(COUNT, [ended], endedAs(ended, 'SIGKILL'));
    },
  },
  {
    name: 'process.exit in a worker thread',
    isOurs: true,
    run: async (trial) => {
      const ended = await trial.app({ ends: 'exit', count: COUNT, inWorker: true });
      return trial.count(COUNT, [ended], endedAs(ended, 3));
    },
  },
  {
    name: 'two copies of the package registered at once',
    isOurs: true,
    run: async (trial) => {
      const ended = await trial.app({ ends: 'exit', way: 'twice', count: COUNT });
      return trial.count(COUNT, [ended], endedAs(ended, 3));
    },
  },
  {
    name: 'process.exit, through a proxy, with a CA of its own',
    isOurs: true,
    run: async (trial) => {
      const backend = await Sink.start(undefined, { cert: LOCALHOST, key: SERVER_KEY });
      try {
        const env = { HTTPS_PROXY: `http://me:secret@127.0.0.1:${trial.sink.port}` };
        const plan: AppPlan = { ends: 'exit', count: COUNT, options: { ca: CA } };
        const ended = await runApp(backend.url, plan, trial.around({ env }));
        const { tunnels } = await trial.sink.report();
        const { rows, repeated } = await backend.report();
        const isTunnelled =
          tunnels.length > 0 && tunnels.every(({ authorization }) => authorization?.startsWith('Basic '));
        const problems = [...endedAs(ended, 3), ...(isTunnelled ? [] : ['the proxy was not asked'])];
        return { ...(await trial.count(COUNT, [ended], problems)), arrived: rows.length, repeated };
      } finally {
        await backend[Symbol.asyncDispose]();
      }
    },
  },
  {
    name: 'process.exit, the backend hangs',
    allowance: { lost: COUNT, because: 'exitTimeoutMs is over, and what is left is counted' },
    run: async (trial) => {
      const env = { HUGGINGPLACE_EXIT_TIMEOUT_MS: String(EXIT_TIMEOUT_MS) };
      const ended = await trial.app({ ends: 'exit', count: COUNT }, { otherwise: 'hang' }, { env });
      return trial.count(COUNT, [ended], [...endedAs(ended, 3), ...endedWithin(ended, EXIT_TIMEOUT_MS)]);
    },
  },
  {
    name: 'SIGTERM, the application shuts down, the backend hangs',
    allowance: { lost: COUNT, because: 'shutdownTimeoutMs is over, and what is left is counted' },
    run: async (trial) => {
      const plan: AppPlan = { ends: 'signal', handler: true, count: COUNT, options: { shutdownTimeoutMs: 1_000 } };
      const ended = await trial.app(plan, { otherwise: 'hang' }, { signal: 'SIGTERM' });
      return trial.count(COUNT, [ended], [...endedAs(ended, 7), ...endedWithin(ended, 1_000)]);
    },
  },
];
