/**
 * What a step of `@huggingplace/tracing` costs beside a bare `startActiveSpan`, as one line of JSON: nanoseconds of a call, and the ratio to the bare span.
 * They take turns in one process, each turn gives a ratio, and the median of the turns counts. Time is the processor's, so that a busy machine counts less.
 */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { startActiveInteraction, startActiveStep } from '@huggingplace/tracing';

const CALLS_PER_TURN = 5_000;
const TURNS = 41;

/** What everything else is measured by: no attribute, no result, the same way to a tracer. */
const bareSpan = () =>
  trace.getTracer('bench').startActiveSpan('bare', (span) => {
    span.end();
  });
const bareAsyncSpan = () =>
  trace.getTracer('bench').startActiveSpan('bare', async (span) => {
    await Promise.resolve();
    span.end();
  });

const step = () => startActiveStep('step', () => undefined);
const stepWithText = () => startActiveStep('step', { type: 'retrieval', input: 'question' }, () => 'documents');
const asyncStep = () => startActiveStep('step', async () => Promise.resolve());
const interaction = () => startActiveInteraction('interaction', { userPrompt: 'question' }, () => 'answer');

type Measured = Record<string, { nanoseconds: number; ratio: number }>;

async function measure(bare: () => unknown, others: Readonly<Record<string, () => unknown>>): Promise<Measured> {
  const contenders = Object.entries({ bare, ...others }).map(([name, call]) => ({
    name,
    call,
    nanoseconds: [] as number[],
    ratios: [] as number[],
  }));
  for (let turn = 0; turn < TURNS; turn += 1) {
    let bareNanoseconds = Number.NaN;
    for (const { name, call, nanoseconds, ratios } of contenders) {
      const start = process.cpuUsage();
      for (let count = 0; count < CALLS_PER_TURN; count += 1) {
        const result = call();
        if (result instanceof Promise) await result;
      }
      const { user, system } = process.cpuUsage(start);
      const perCall = ((user + system) * 1000) / CALLS_PER_TURN;
      if (name === 'bare') bareNanoseconds = perCall;
      nanoseconds.push(perCall);
      ratios.push(perCall / bareNanoseconds);
    }
  }
  return Object.fromEntries(
    contenders.map(({ name, nanoseconds, ratios }) => [
      name,
      { nanoseconds: Math.round(median(nanoseconds)), ratio: Number(median(ratios).toFixed(2)) },
    ]),
  );
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const withoutSdk = await measure(bareSpan, { step, stepWithText, interaction });

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new BasicTracerProvider());
const withSdk = await measure(bareSpan, { step, stepWithText, interaction });
const withSdkAsync = await measure(bareAsyncSpan, { asyncStep });

console.log(JSON.stringify({ withoutSdk, withSdk, withSdkAsync }));
