/** What an operator is told when records are missing or thin: which switch, limit, sampler or mark it takes; once, and never what was said. */
import type { Attributes } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { DiagLines } from '../../sdk/src/testing/diag.ts';
import { resolveOptions } from './options.ts';
import { Hints } from './hints.ts';
import { ALL_WAYS, type ApplicationOptions, startApplication, type Way } from './testing/application.ts';
import {
  agent,
  by,
  chat,
  conversing,
  failing,
  lasting,
  marked,
  named,
  quiet,
  reporting,
  request,
  saying,
  span,
  type SpanTree,
  usage,
} from './testing/span-tree.ts';

const warnings = (said: DiagLines): string[] => said.lines.filter((line) => line.startsWith('warn huggingplace: '));

/** What was warned of while the trees were played and all had left. */
async function warnedOf(way: Way, trees: readonly SpanTree[], options?: ApplicationOptions): Promise<string[]> {
  using said = new DiagLines();
  await using app = await startApplication(way, options);
  await app.play(...trees);
  await app.records();
  return warnings(said);
}

const call = (scope: string, attributes: Attributes): SpanTree => by(scope, { ...span('call'), attributes });
const operation = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5' };

describe('content switched off at the instrumentation', () => {
  it.each<[string, Attributes, string]>([
    ['@opentelemetry/instrumentation-openai', operation, 'register logRecordProcessors of huggingPlace()'],
    ['opentelemetry.instrumentation.openai_v2', operation, 'register logRecordProcessors of huggingPlace()'],
    [
      'opentelemetry.instrumentation.google_genai',
      operation,
      'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true',
    ],
    ['@opentelemetry/instrumentation-aws-sdk', operation, '@arizeai/openinference-instrumentation-bedrock'],
    ['@traceloop/instrumentation-openai', operation, 'TRACELOOP_TRACE_CONTENT=true'],
    [
      'opentelemetry.instrumentation.anthropic',
      { ...operation, 'llm.request.type': 'chat' },
      'TRACELOOP_TRACE_CONTENT',
    ],
    [
      '@arizeai/openinference-instrumentation-openai',
      {
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'gpt-5',
        'input.value': '__REDACTED__',
        'output.value': '__REDACTED__',
      },
      'OPENINFERENCE_HIDE_INPUTS',
    ],
    [
      'ai',
      { 'ai.operationId': 'ai.generateText.doGenerate', 'ai.model.id': 'gpt-5' },
      'experimental_telemetry: { isEnabled: true, recordInputs: true',
    ],
    ['gen_ai', operation, 'telemetry: { recordInputs: true'],
    ['langsmith', { ...operation, 'langsmith.span.kind': 'llm' }, 'LANGSMITH_HIDE_INPUTS'],
    [
      'langfuse-sdk',
      { 'langfuse.observation.type': 'generation', 'langfuse.observation.model.name': 'm' },
      'its input',
    ],
    ['@mastra/otel-bridge', { ...operation, 'mastra.span.type': 'model_generation' }, 'tracingOptions'],
    ['@sentry/node', operation, 'recordInputs'],
    ['an-instrumentation-of-their-own', operation, 'or what that instrumentation has for it'],
  ])('%s: the switch is named', async (scope, attributes, howTo) => {
    const said = await warnedOf('processor at once', [call(scope, attributes)]);
    expect(said).toEqual([expect.stringContaining(`recorded by ${scope} come without prompt or answer`)]);
    expect(said).toEqual([expect.stringContaining(howTo)]);
  });

  it('is told apart from log events that never arrive', async () => {
    using said = new DiagLines();
    await using app = await startApplication('processor at once');
    const running = await app.start(call('@opentelemetry/instrumentation-openai', operation));
    app.log(running, 'gen_ai.user.message', {});
    app.log(running, 'gen_ai.choice', { message: {}, index: 0, finish_reason: 'stop' });
    await app.end(running);
    await app.records();
    expect(warnings(said)).toEqual([
      expect.stringMatching(/content_missing\): set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true/),
    ]);
  });

  it('is said once an instrumentation', async () => {
    const silent = ['ai', 'gen_ai', 'gen_ai'].map((scope) => call(scope, operation));
    expect(await warnedOf('processor slowly', [...silent, ...silent])).toHaveLength(2);
  });

  it('shows in half of the content alone, too', async () => {
    const finished = { 'gen_ai.response.finish_reasons': ['stop'] };
    expect(await warnedOf('processor at once', [chat('why?', undefined, finished)])).toHaveLength(1);
    expect(await warnedOf('processor at once', [chat(undefined, 'because', finished)])).toHaveLength(1);
  });

  it.each<[string, SpanTree, ApplicationOptions]>([
    ['content comes', request(chat('why?', 'because')), {}],
    ['an answer never came', chat('why?', undefined), {}],
    ['a call failed', failing('overloaded', chat('why?', undefined)), {}],
    ['the agent says it', conversing('why?', 'because', agent('a', chat(undefined, undefined))), {}],
    ['we leave content out', call('ai', operation), { captureContent: false }],
    ['the application does', saying({ 'huggingplace.capture_content': false }, chat('why?', 'because')), {}],
    ['it is no model call', marked('interaction', span('job')), {}],
  ])('is not suspected where %s', async (_, tree, options) => {
    expect(await warnedOf('processor at once', [tree], options)).toEqual([]);
  });
});

describe.each(ALL_WAYS)('limits of the SDK, %s', (way) => {
  it('that drop attributes are named, and not taken for content switched off', async () => {
    const said = await warnedOf(way, [chat('why?', 'because', usage(1, 2))], {
      spanLimits: { attributeCountLimit: 2 },
    });
    expect(said).toEqual([expect.stringContaining('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT')]);
  });

  it('that drop events are named', async () => {
    const message = (content: string): SpanTree =>
      reporting('gen_ai.user.message', { content }, chat(undefined, 'because'));
    const said = await warnedOf(way, [reporting('gen_ai.user.message', { content: 'more' }, message('why?'))], {
      spanLimits: { eventCountLimit: 1 },
    });
    expect(said).toEqual([expect.stringContaining('OTEL_SPAN_EVENT_COUNT_LIMIT')]);
  });

  it('that cut JSON are named, the record is marked and the span counted', async () => {
    using said = new DiagLines();
    await using app = await startApplication(way, { spanLimits: { attributeValueLengthLimit: 60 } });
    await app.play(chat('why '.repeat(50), 'because'), chat('short', 'yes'));
    const [cut, whole] = await app.records();
    expect(warnings(said)).toEqual([expect.stringContaining('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT')]);
    expect(cut?.metaData['truncated']).toBe(true);
    expect(app.stats.malformed).toBeGreaterThan(0);
    expect(whole?.user_prompt).not.toBe('');
  });
});

describe('spans, and none of GenAI', () => {
  const ordinary = Array.from({ length: 100 }, (_, i) => lasting(300, span(`GET /${i}`)));

  it.each(ALL_WAYS)('is said after a while: %s', async (way) => {
    using said = new DiagLines();
    await using app = await startApplication(way);
    await app.play(...ordinary.slice(1));
    await app.pass(30_000);
    expect(warnings(said)).toEqual([]);
    await app.play(...ordinary);
    await app.records();
    expect(warnings(said)).toEqual([expect.stringMatching(/100 spans came and none is of a model call.*--import/)]);
  });

  it.each<[string, readonly SpanTree[]]>([
    ['there are few', ordinary.slice(0, 99).map((tree) => lasting(10_000, tree))],
    ['they came at once', ordinary.map((tree) => lasting(1, tree))],
    ['a model was called', [...ordinary.slice(0, 99), span('last', quiet(chat('why?', 'because'))), ...ordinary]],
    ['a span is marked', [marked('interaction', span('job')), ...ordinary, ...ordinary]],
  ])('is not said where %s', async (_, trees) => {
    expect(await warnedOf('processor at once', trees)).toEqual([]);
  });
});

describe('an ordinary root with many calls below it', () => {
  const calls = Array.from({ length: 25 }, (_, i) => lasting(10_000, chat(`item ${i}`, 'done')));

  it.each(ALL_WAYS)('names marks and interactionRoot when it ends: %s', async (way) => {
    expect(await warnedOf(way, [span('nightly job', ...calls)])).toEqual([
      expect.stringMatching(/open for \d minutes with \d\d model calls.*huggingplace\.span\.kind.*interactionRoot/),
    ]);
  });

  it('and while it is open: records of it may never come', async () => {
    using said = new DiagLines();
    await using app = await startApplication('processor slowly');
    const worker = await app.start(span('worker'));
    await app.playBelow(worker, ...calls);
    expect(warnings(said)).toHaveLength(1);
    expect(await app.leftByNow()).toEqual([]);
  });

  it.each<[string, SpanTree, ApplicationOptions]>([
    ['there are few', span('job', ...calls.slice(0, 10).map((tree) => lasting(60_000, tree))), {}],
    ['it is quick', span('job', ...calls.map((tree) => lasting(10, tree))), {}],
    ['it is an agent', agent('researcher', ...calls), {}],
    ['it is marked', marked('interaction', span('job', ...calls)), {}],
    ['each call is an interaction', span('job', ...calls), { interactionRoot: 'model-call' }],
    ['each item is marked', span('job', ...calls.map((tree, i) => marked('interaction', named(`${i}`, tree)))), {}],
  ])('says nothing where %s', async (_, tree, options) => {
    expect(await warnedOf('processor at once', [tree], options)).toEqual([]);
  });
});

describe('samplers', () => {
  it('interactions that were recorded but not sampled are counted, and the option that takes them is named', async () => {
    using said = new DiagLines();
    const sampler = { shouldSample: () => ({ decision: SamplingDecision.RECORD }), toString: () => 'records only' };
    await using app = await startApplication('processor at once', { sampler });
    await app.play(chat('one?', '1'), chat('two?', '2'));
    expect(await app.records()).toEqual([]);
    expect(app.stats.dropped).toEqual({ unsampled: 2 });
    expect(warnings(said)).toEqual([expect.stringContaining('includeUnsampled: true')]);

    await using whole = await startApplication('processor at once', { sampler, includeUnsampled: true });
    await whole.play(chat('one?', '1'));
    expect(await whole.records()).toHaveLength(1);
  });

  it.each<[sampler: string, share: string | undefined, named: string | undefined]>([
    ['always_off', undefined, 'OTEL_TRACES_SAMPLER=always_off'],
    ['parentbased_always_off', undefined, 'OTEL_TRACES_SAMPLER=parentbased_always_off'],
    ['traceidratio', '0.1', 'OTEL_TRACES_SAMPLER=traceidratio with OTEL_TRACES_SAMPLER_ARG=0.1'],
    ['parentbased_traceidratio', '0', 'OTEL_TRACES_SAMPLER_ARG=0'],
    ['parentbased_traceidratio', '1', undefined],
    ['traceidratio', undefined, undefined],
    ['traceidratio', 'a tenth', undefined],
    ['always_on', undefined, undefined],
    ['parentbased_always_on', undefined, undefined],
    ['', undefined, undefined],
  ])('OTEL_TRACES_SAMPLER=%s with %s', (sampler, share, named) => {
    using said = new DiagLines();
    const hints = new Hints(resolveOptions({}, { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: share }));
    hints.noteSampler();
    hints.noteSampler();
    expect(warnings(said)).toEqual(named === undefined ? [] : [expect.stringContaining(named)]);
  });
});

it('what was said in a conversation is not repeated', async () => {
  const secret = 'tell nobody';
  const trees = [
    chat(secret, undefined, { 'gen_ai.response.finish_reasons': ['stop'] }),
    failing(secret, chat(secret.repeat(20), secret)),
  ];
  const said = await warnedOf('processor at once', trees, { spanLimits: { attributeValueLengthLimit: 120 } });
  expect(said).toHaveLength(2);
  expect(said.join()).not.toContain(secret);
});
