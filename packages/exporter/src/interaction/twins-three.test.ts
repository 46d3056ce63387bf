/** One call that three instrumentations record: LangChain's callbacks around a client that is patched twice (OpenInference's around OpenTelemetry's). */
import { describe, expect, it } from 'vitest';
import { ALL_WAYS, startApplication } from '../testing/application.ts';
import { by, chat, named, request, type SpanTree, usage, user } from '../testing/span-tree.ts';

const why = [user('why?')];
const recording = (name: string, scope: string, attributes = {}): SpanTree =>
  by(scope, named(name, chat(why, 'because', { ...usage(10, 5), ...attributes })));
const outermost = recording('outermost', '@arizeai/openinference-instrumentation-langchain');
const innermost = recording('innermost', '@opentelemetry/instrumentation-openai', {
  'gen_ai.response.model': 'gpt-5-2026',
  'gen_ai.response.finish_reasons': ['stop'],
});
const middle = recording('middle', '@arizeai/openinference-instrumentation-openai', {
  'gen_ai.provider.name': 'openai',
});
const around: SpanTree = { ...middle, children: [innermost] };

const whole = { llm_model: 'gpt-5-2026', token_count: 15, metaData: { finish_reasons: ['stop'], provider: 'openai' } };

describe.each(ALL_WAYS)('%s', (way) => {
  it.each<[string, SpanTree]>([
    ['in each other', around],
    [
      'of which the innermost says little',
      {
        ...middle,
        children: [by('@opentelemetry/instrumentation-openai', named('innermost', chat(undefined, undefined)))],
      },
    ],
  ])('beside the outermost recording two %s are one call and one step', async (_, inner) => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    const outer = await app.start(outermost, root);
    app.clock.pass(1);
    await app.playBelow(root, inner);
    app.clock.pass(1);
    await app.end(outer);
    await app.end(root);
    const record = await app.record();
    expect(record).toMatchObject({ message_id: app.messageId('outermost'), token_count: 15 });
    if (inner === around) expect(record).toMatchObject(whole);
    expect(record.step_data).toMatchObject([{ span_id: app.spanId('outermost') }]);
    expect(app.stats).toMatchObject({ seen: 1, late: 0, ignored: 0 });
  });

  it('beside each other they are one call', async () => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    const outer = await app.start(outermost, root);
    app.clock.pass(1);
    const between = await app.start(middle, root);
    app.clock.pass(1);
    await app.playBelow(root, innermost);
    await app.end(between);
    await app.end(outer);
    await app.end(root);
    expect(await app.record()).toMatchObject({ ...whole, step_data: [{ span_id: app.spanId('outermost') }] });
  });

  it('in two traces they are one record', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(outermost);
    app.clock.pass(1);
    await app.play(around);
    app.clock.pass(1);
    await app.end(outer);
    expect(await app.record()).toMatchObject({ ...whole, message_id: app.messageId('outermost') });
    expect(app.stats).toMatchObject({ seen: 1, open: 0, late: 0, ignored: 0 });
  });

  it('in three traces they are one record', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(outermost);
    app.clock.pass(1);
    const between = await app.start(middle);
    app.clock.pass(1);
    await app.play(innermost);
    await app.end(between);
    await app.end(outer);
    expect(await app.record()).toMatchObject({ ...whole, message_id: app.messageId('outermost') });
    expect(app.stats).toMatchObject({ seen: 1, open: 0, late: 0, ignored: 0 });
  });

  it('two that stand in each other in a trace of their own are told apart from another call', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(by(outermost.scope ?? '', chat([user('how?')], 'so')));
    await app.play(around);
    await app.end(outer);
    expect(await app.records()).toHaveLength(2);
  });
});
