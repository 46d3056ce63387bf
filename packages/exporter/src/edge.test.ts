/** Elsewhere than in Node.js the package can be loaded and used as ever: it does nothing, and says so once. */
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it, vi } from 'vitest';
import { DiagLines } from '../../sdk/src/testing/diag.ts';
import * as whole from './index.ts';

/** As a runtime that has just loaded it. */
async function load() {
  vi.resetModules();
  return import('./edge.ts');
}

/** All that can be called on an instance, by any name but the constructor's. */
const methodsOf = (construct: { readonly prototype: object }): string[] => {
  const names = new Set<string>();
  for (let at: object = construct.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  return [...names].sort();
};

it('has the names of the whole package, and what can be called on them', async () => {
  const edge = await load();
  expect(Object.keys(edge).sort()).toEqual(Object.keys(whole).sort());
  for (const name of [
    'HuggingPlaceSpanProcessor',
    'HuggingPlaceLogRecordProcessor',
    'HuggingPlaceSpanExporter',
  ] as const)
    expect(methodsOf(edge[name])).toEqual(methodsOf(whole[name]));
  const hp = whole.huggingPlace();
  expect(Object.keys(edge.huggingPlace()).sort()).toEqual(Object.keys(hp).sort());
  expect(new edge.HuggingPlaceSpanExporter().stats()).toEqual(hp.stats());
});

describe('it says once that nothing is sent', () => {
  const once = [expect.stringMatching(/^warn huggingplace: nothing is sent from an edge runtime or a browser/)];

  it('when it is set up, if somebody listens by then', async () => {
    const { huggingPlace, HuggingPlaceSpanExporter } = await load();
    using said = new DiagLines();
    huggingPlace();
    new HuggingPlaceSpanExporter();
    expect(said.lines).toEqual(once);
  });

  it('else with the first span', async () => {
    const { HuggingPlaceSpanExporter, HuggingPlaceSpanProcessor } = await load();
    const spanProcessors = [new HuggingPlaceSpanProcessor(), new SimpleSpanProcessor(new HuggingPlaceSpanExporter())];
    const provider = new BasicTracerProvider({ spanProcessors });
    using said = new DiagLines();
    provider.getTracer('test').startSpan('one').end();
    provider.getTracer('test').startSpan('two').end();
    await provider.forceFlush();
    await provider.shutdown();
    expect(said.lines).toEqual(once);
  });

  it('and nothing when it is only loaded', async () => {
    using said = new DiagLines();
    await load();
    expect(said.lines).toEqual([]);
  });
});
