/**
 * Two recordings of one call that do not stand as they should: LangChain's callbacks run late and lose the context, provider errors leave the inner span
 * open, a framework tries again. Seen with OpenInference, OpenLLMetry and OpenTelemetry's OpenAI instrumentation beside LangChain's.
 */
import { type Attributes, SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { ALL_WAYS, PROCESSOR, type Received, startApplication } from '../testing/application.ts';
import {
  assistant,
  by,
  chat,
  failing,
  gave,
  named,
  request,
  saying,
  span,
  type SpanTree,
  usage,
  user,
  wants,
} from '../testing/span-tree.ts';

const FRAMEWORK = '@arizeai/openinference-instrumentation-langchain';
const PROVIDER = '@arizeai/openinference-instrumentation-openai';

const why = [user('why?')];
const outerCall = by(FRAMEWORK, named('outer', chat(why, 'because', usage(3, 4))));
const innerCall = by(PROVIDER, named('inner', chat(why, 'because', usage(3, 4))));
const failedCall = {
  ...by(FRAMEWORK, named('failed', chat(why, undefined))),
  status: { code: SpanStatusCode.ERROR, message: 'busy' },
};
const tried = by(PROVIDER, named('tried', chat(why, undefined)));

describe.each(ALL_WAYS)('%s: one call recorded twice', (way) => {
  it('is one though the outer recording starts after the inner one', async () => {
    await using app = await startApplication(way);
    const inner = await app.start(innerCall);
    app.clock.pass(3);
    const outer = await app.start(outerCall);
    app.clock.pass(1);
    await app.end(inner);
    await app.end(outer);
    expect(await app.record()).toMatchObject({ message_id: app.messageId('outer'), token_count: 7 });
  });

  it('is one though tool results are one message for one and two for the other', async () => {
    await using app = await startApplication(way);
    const asked = [...why, { ...assistant('hm'), parts: [...wants('a', '1').parts, ...wants('b', '2').parts] }];
    const apart = [...asked, gave('x', '1'), gave('y', '2')];
    const together = [...asked, { ...gave('x', '1'), parts: [...gave('x', '1').parts, ...gave('y', '2').parts] }];
    const root = await app.start(request());
    const outer = await app.start(by(FRAMEWORK, chat(apart, 'because', usage(3, 4))), root);
    await app.playBelow(root, by(PROVIDER, chat(together, 'because', usage(3, 4))));
    await app.end(outer);
    await app.end(root);
    expect(await app.record()).toMatchObject({ token_count: 7, step_data: [{}] });
  });

  describe.each<[string, SpanTree | undefined]>([
    ['beside each other', request()],
    ['in traces of their own', undefined],
  ])('of which one keeps no content, %s,', (_, root) => {
    async function told(outer: SpanTree, inner: SpanTree): Promise<readonly Received[]> {
      await using app = await startApplication(way);
      const above = root && (await app.start(root));
      const outerSpan = await app.start(outer, above);
      app.clock.pass(1);
      await (above === undefined ? app.play(inner) : app.playBelow(above, inner));
      app.clock.pass(1);
      await app.end(outerSpan);
      if (above !== undefined) await app.end(above);
      return await app.records();
    }
    const bare = (attributes: Attributes): SpanTree => by(PROVIDER, chat(undefined, undefined, attributes));
    const calls = (records: readonly Received[]): number =>
      records.reduce((sum, { step_data: steps = [] }) => sum + Math.max(1, steps.length), 0);

    it('is one by tokens and model', async () => {
      const known = { ...usage(3, 4), 'gen_ai.response.model': 'gpt-5-2026', 'gen_ai.response.id': 'r' };
      expect(await told(outerCall, bare(known))).toMatchObject([
        { user_prompt: 'why?', ai_response: 'because', llm_model: 'gpt-5-2026', token_count: 7 },
      ]);
      expect(await told(by(PROVIDER, bare(usage(3, 4))), by(FRAMEWORK, outerCall))).toMatchObject([
        { user_prompt: 'why?', ai_response: 'because', token_count: 7 },
      ]);
    });

    it('is one by what both failed with', async () => {
      const stack = failing('429 busy\n\n at client.js', by(FRAMEWORK, chat(why, undefined)));
      const records = await told(stack, failing('429 busy', bare({})));
      expect(records).toMatchObject([{ user_prompt: 'why?', metaData: { error: true } }]);
      expect(calls(records)).toBe(1);
    });

    it.each<[string, SpanTree, SpanTree]>([
      ['with other tokens', outerCall, bare(usage(3, 5))],
      ['without tokens', chat(why, 'because'), bare({})],
      ['of another model', outerCall, bare({ ...usage(3, 4), 'gen_ai.request.model': 'other' })],
      [
        'with response ids of their own',
        saying({ 'gen_ai.response.id': 'a' }, outerCall),
        bare({ ...usage(3, 4), 'gen_ai.response.id': 'b' }),
      ],
      [
        'that failed with something else',
        failing('busy', by(FRAMEWORK, chat(why, undefined))),
        failing('no', bare({})),
      ],
    ])('are two %s', async (_of, outer, inner) => {
      expect(calls(await told(outer, inner))).toBe(2);
    });
  });

  it('is one though the inner recording has no answer', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(outerCall);
    await app.play(tried);
    await app.end(outer);
    expect(await app.record()).toMatchObject({ message_id: app.messageId('outer'), ai_response: 'because' });
  });

  it('has the details of usage that either knows', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(saying({ 'gen_ai.usage.cache_read.input_tokens': 2 }, outerCall));
    await app.play(innerCall);
    await app.end(outer);
    expect(await app.record()).toMatchObject({ token_count: 7, metaData: { cached_input_tokens: 2 } });
  });

  it('belongs where the inner recording stands, when the outer one has lost its place', async () => {
    await using app = await startApplication(way);
    const alice = await app.start(named('alice', request()));
    const bob = await app.start(named('bob', request()));
    const inner = await app.start(innerCall, bob);
    const outer = await app.start(outerCall, alice);
    app.clock.pass(1);
    await app.end(inner);
    await app.end(outer);
    await app.playBelow(alice, by(FRAMEWORK, chat([user('how?')], 'so')));
    await app.end(bob);
    await app.end(alice);
    expect(await app.records()).toMatchObject([
      { user_prompt: 'how?', metaData: { span_id: app.spanId('alice') }, step_data: [{}] },
      { user_prompt: 'why?', metaData: { span_id: app.spanId('bob') } },
    ]);
  });
});

describe.each(PROCESSOR)('%s: an inner recording that never ends', (way) => {
  it('makes no record beside the failed outer one', async () => {
    await using app = await startApplication(way);
    const outer = await app.start(failedCall);
    await app.start(tried);
    await app.end(outer);
    expect(await app.record()).toMatchObject({ metaData: { error: true, errorMessage: 'busy' } });
    expect(await app.shutDown()).toHaveLength(1);
  });

  it('is no step beside the failed outer one', async () => {
    await using app = await startApplication(way);
    const root = await app.start({ ...request(), status: { code: SpanStatusCode.ERROR } });
    const outer = await app.start(failedCall, root);
    await app.start(tried, root);
    await app.end(outer);
    await app.end(root);
    expect(await app.record()).toMatchObject({ step_data: [{ status: 'failed' }] });
  });

  it('is a try at the call whose next try succeeds', async () => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    const outer = await app.start(outerCall, root);
    await app.start(tried, root);
    await app.playBelow(root, innerCall);
    await app.end(outer);
    await app.end(root);
    expect(await app.record()).toMatchObject({ ai_response: 'because', step_data: [{ step_name: 'outer' }] });
  });

  it('is one call with an outer one that never ends either', async () => {
    await using app = await startApplication(way);
    await app.start(by(FRAMEWORK, chat(why, undefined)));
    await app.start(tried);
    expect(await app.shutDown()).toMatchObject([{ user_prompt: 'why?', metaData: { incomplete: true } }]);
  });
});

describe.each(PROCESSOR)('%s', (way) => {
  it('a call whose outer recording never ends is incomplete', async () => {
    await using app = await startApplication(way);
    await app.start({ ...outerCall, attributes: { 'gen_ai.operation.name': 'chat' } });
    await app.play(innerCall);
    expect(await app.shutDown()).toMatchObject([{ ai_response: 'because', metaData: { incomplete: true } }]);
  });

  it('a call that never ends is not the last where a later one asks the same', async () => {
    await using app = await startApplication(way);
    const root = await app.start(span('answer'));
    await app.start(tried, root);
    app.clock.pass(1);
    await app.playBelow(root, innerCall);
    await app.end(root);
    expect(await app.shutDown()).toMatchObject([{ ai_response: 'because' }]);
  });
});

it('one call recorded twice is one even if the outer recording ends while the inner one is being looked at', async () => {
  for (let pieces = 0; pieces < 30; pieces += 1) {
    await using app = await startApplication('processor at once');
    const outer = await app.start(outerCall);
    app.clock.pass(1);
    await app.play(innerCall);
    for (let i = 0; i < pieces; i += 1) app.clock.runOnce();
    await app.end(outer);
    expect(await app.record()).toMatchObject({ message_id: app.messageId('outer'), token_count: 7 });
  }
});
