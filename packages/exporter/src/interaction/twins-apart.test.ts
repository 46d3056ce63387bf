/**
 * Two recordings of one call that do not stand as they should: LangChain's callbacks run late and lose the context, provider errors leave the inner span
 * open, a framework tries again. Seen with OpenInference, OpenLLMetry and OpenTelemetry's OpenAI instrumentation beside LangChain's.
 */
import { SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { ALL_WAYS, PROCESSOR, startApplication } from '../testing/application.ts';
import { assistant, by, chat, gave, named, request, saying, span, usage, user, wants } from '../testing/span-tree.ts';

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
