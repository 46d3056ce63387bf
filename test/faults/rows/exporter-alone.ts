/**
 * Our exporter behind OpenTelemetry's `BatchSpanProcessor`: what that still holds when the process ends never reaches any exporter. These rows say
 * what it costs.
 */
import { endedAs, type Row } from '../trial.ts';
import { ENDS } from './process-ends.ts';

const COUNT = 100;
const HELD = { uncounted: COUNT, because: 'the batch processor held them' };

export const exporterAlone: readonly Row[] = [
  ...ENDS.map(([name, plan, expected, signal]): Row => ({
    name: `the exporter alone: ${name}`,
    isOurs: true,
    // Who shuts down, or flushes the provider and then the exporter, loses nothing.
    ...(plan.handler === true || plan.ends === 'flush' || plan.ends === 'waitUntil' ? {} : { allowance: HELD }),
    run: async (trial) => {
      const around = signal === undefined ? {} : { signal };
      const ended = await trial.app({ ...plan, way: 'exporter', count: COUNT }, { otherwise: 200 }, around);
      return trial.count(COUNT, [ended], endedAs(ended, expected));
    },
  })),
  {
    name: 'the exporter alone: the provider’s forceFlush, then SIGKILL',
    isOurs: true,
    allowance: { uncounted: COUNT, lost: COUNT, because: 'the batch processor does not flush its exporter' },
    run: async (trial) => {
      const ended = await trial.app({ ends: 'flush', flushesExporter: false, way: 'exporter', count: COUNT });
      return trial.count(COUNT, [ended], endedAs(ended, 'SIGKILL'));
    },
  },
];
