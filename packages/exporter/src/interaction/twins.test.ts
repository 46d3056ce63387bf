/** One call recorded by two instrumentations (record.md, section 1, rule 5, and the wait for it in section 2). */
import { describe, expect, it } from 'vitest';
import { ALL_WAYS, EXPORTER, PROCESSOR, startApplication } from '../testing/application.ts';
import {
  assistant,
  by,
  chat,
  gave,
  lasting,
  named,
  request,
  type SpanTree,
  system,
  usage,
  user,
  wants,
  workflow,
} from '../testing/span-tree.ts';

const FRAMEWORK = '@traceloop/instrumentation-langchain';
const PROVIDER = '@traceloop/instrumentation-openai';

const why = [user('why?')];
const outerCall = by(FRAMEWORK, named('outer', chat(why, 'because', { 'gen_ai.provider.name': 'langchain' })));
const innerCall = by(
  PROVIDER,
  named(
    'inner',
    chat(why, 'because', {
      ...usage(3, 4),
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.response.model': 'gpt-5-mini-2026-01-01',
      'gen_ai.response.id': 'resp-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.provider.name': 'openai',
    }),
  ),
);

/** The inner call runs while the outer does, but does not stand below it: beside it, or, without a root, in a trace of its own. */
async function nested(
  app: Awaited<ReturnType<typeof startApplication>>,
  outer: SpanTree,
  inner: SpanTree,
  root?: SpanTree,
): Promise<void> {
  const above = root && (await app.start(root));
  const outerSpan = await app.start(outer, above);
  app.clock.pass(1);
  await app.play(...(above === undefined ? [inner] : []));
  if (above !== undefined) await app.playBelow(above, inner);
  app.clock.pass(1);
  await app.end(outerSpan);
  if (above !== undefined) await app.end(above);
}

describe.each(ALL_WAYS)('%s', (way) => {
  it.each<[string, SpanTree | undefined]>([
    ['beside each other', request()],
    ['in traces of their own', undefined],
  ])('%s: the outer stands for the call, the inner fills in model, usage and finish reason', async (_, root) => {
    await using app = await startApplication(way);
    await nested(app, outerCall, innerCall, root);
    const record = await app.record();
    expect(record).toMatchObject({
      message_id: app.messageId('outer'),
      user_prompt: 'why?',
      ai_response: 'because',
      llm_model: 'gpt-5-mini-2026-01-01',
      token_count: 7,
      metaData: { finish_reasons: ['stop'], response_ids: ['resp-1'], provider: 'openai' },
    });
    expect(record).not.toHaveProperty('llm_model2');
    // The inner call is no step beside the outer one, which takes 12 ms.
    expect(record.step_data ?? [{ span_id: app.spanId('outer'), time_ms: 12 }]).toMatchObject([
      { span_id: app.spanId('outer'), time_ms: 12 },
    ]);
    expect(app.stats).toMatchObject({ seen: 1, late: 0, ignored: 0 });
  });

  it('is told by the response id alone', async () => {
    await using app = await startApplication(way);
    const bare = (tree: SpanTree): SpanTree => ({
      ...tree,
      attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', 'gen_ai.response.id': 'resp-1' },
    });
    await nested(app, bare(outerCall), bare(innerCall), request());
    expect((await app.record()).step_data).toHaveLength(1);
  });

  it('is told by its content, white space and system instructions aside', async () => {
    await using app = await startApplication(way);
    const outer = by(FRAMEWORK, chat([system('Be brief.'), user('  why? ')], 'be\ncause'));
    await nested(app, outer, by(PROVIDER, chat(why, 'be cause')), request());
    expect((await app.record()).step_data).toHaveLength(1);
  });

  it('is told where it asks for a tool, whose call id only the inner one knows', async () => {
    await using app = await startApplication(way);
    await nested(
      app,
      by(FRAMEWORK, chat(why, [wants('search')])),
      by(PROVIDER, named('inner', chat(why, [wants('search', 'c1')]))),
    );
    await app.play(by(PROVIDER, chat([...why, wants('search', 'c1'), gave('found', 'c1')], 'because')));
    expect(await app.record()).toMatchObject({ ai_response: 'because', metaData: { tools: ['search'] } });
  });

  it.each<[string, SpanTree, SpanTree]>([
    ['of the same scope', by(PROVIDER, outerCall), innerCall],
    ['with another answer', outerCall, by(PROVIDER, chat(why, 'so'))],
    ['with another question', outerCall, by(PROVIDER, chat([user('how?')], 'because'))],
    ['with a longer history', outerCall, by(PROVIDER, chat([user('hi'), assistant('hello'), ...why], 'because'))],
  ])('two calls %s are two', async (_, outer, inner) => {
    await using app = await startApplication(way);
    await nested(app, outer, inner, request());
    expect((await app.record()).step_data).toHaveLength(2);
  });

  it('two calls one after another are two, however alike', async () => {
    await using app = await startApplication(way);
    await app.play(request(outerCall, innerCall));
    expect((await app.record()).step_data).toHaveLength(2);
  });

  it('pairs each inner call with an outer one of its own', async () => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    for (let i = 0; i < 3; i += 1) {
      const outer = await app.start(outerCall, root);
      await app.playBelow(root, innerCall);
      await app.end(outer);
    }
    await app.end(root);
    expect(await app.record()).toMatchObject({ token_count: 21, step_data: [{}, {}, {}] });
  });

  it('of which the inner stands below the outer, is a wrapper and its call', async () => {
    await using app = await startApplication(way);
    await app.play({ ...outerCall, children: [innerCall] });
    expect(await app.record()).toMatchObject({ message_id: app.messageId('inner'), token_count: 7 });
  });

  it('keeps two conversations apart that ask and get the same, one after another in traces of their own', async () => {
    await using app = await startApplication(way);
    await app.play(outerCall, innerCall);
    expect(await app.records()).toHaveLength(2);
  });
});

describe.each(PROCESSOR)('%s: a rootless call waits', (way) => {
  it('while a span of another scope that started before it may be its outer recording', async () => {
    await using app = await startApplication(way);
    const outer = await app.start({ ...outerCall, saysAtEnd: true });
    await app.play(innerCall);
    await app.pass(60_000);
    expect(await app.leftByNow()).toEqual([]);
    expect(app.stats).toMatchObject({ open: 1 });
    await app.end(outer);
    expect(await app.record()).toMatchObject({ message_id: app.messageId('outer') });
  });

  it('and leaves by itself when that one ends as something else', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(by(FRAMEWORK, workflow('flow')));
    const quiet = await app.start({ ...by(FRAMEWORK, chat([user('how?')], 'so')), saysAtEnd: true });
    await app.play(innerCall);
    expect(await app.leftByNow()).toEqual([]);
    await app.end(quiet);
    await app.end(outer);
    expect(await app.records()).toMatchObject([{ user_prompt: 'how?' }, { user_prompt: 'why?' }]);
  });

  it('for each that may be it, not just for the first', async () => {
    await using app = await startApplication(way);
    const other = await app.start({ ...by(FRAMEWORK, chat([user('how?')], 'so')), saysAtEnd: true });
    const outer = await app.start({ ...outerCall, saysAtEnd: true });
    await app.play(innerCall);
    await app.end(other);
    expect(await app.records()).toMatchObject([{ user_prompt: 'how?' }]);
    await app.end(outer);
    expect(await app.records()).toMatchObject([{ user_prompt: 'how?' }, { message_id: app.messageId('outer') }]);
  });

  it('for openMemberWaitMs at most', async () => {
    await using app = await startApplication(way);
    await app.start({ ...outerCall, saysAtEnd: true });
    await app.play(innerCall);
    await app.pass(600_000 - 1);
    expect(await app.leftByNow()).toEqual([]);
    await app.pass(1);
    expect(await app.leftByNow()).toMatchObject([{ message_id: app.messageId('inner') }]);
  });

  it('but not for one of its own scope, nor for an ordinary one', async () => {
    await using app = await startApplication(way);
    await app.start(by(PROVIDER, chat([user('how?')], 'so')));
    await app.start(by('@opentelemetry/instrumentation-http', request()));
    await app.play(innerCall);
    expect(await app.leftByNow()).toHaveLength(1);
  });

  it('not even at forceFlush, for the outer one is open; at shutdown it leaves', async () => {
    await using app = await startApplication(way);
    await app.start({ ...outerCall, saysAtEnd: true });
    await app.play(innerCall);
    expect(await app.forceFlush()).toEqual([]);
    expect(await app.shutDown()).toMatchObject([{ message_id: app.messageId('inner') }]);
  });
});

describe.each(EXPORTER)('%s: a rootless call waits', (way) => {
  it('stragglerMs for its outer twin', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(outerCall);
    await app.play(innerCall);
    await app.pass(499);
    expect(await app.leftByNow()).toEqual([]);
    await app.end(outer);
    expect(await app.record()).toMatchObject({ message_id: app.messageId('outer'), token_count: 7 });
  });

  it('and no longer: an outer one that ends later is told apart from it by nobody', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(outerCall);
    await app.play(innerCall);
    await app.pass(500);
    await app.end(outer);
    expect(await app.records()).toHaveLength(2);
  });

  it('is told from starts that share a millisecond', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(lasting(0, outerCall));
    await app.play(lasting(0, innerCall));
    await app.end(outer);
    expect(await app.record()).toMatchObject({ message_id: app.messageId('outer') });
  });
});
