/** When an interaction leaves: at once where it is complete, and after a bounded wait where it can't be known (record.md, section 2). */
import { SpanKind } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { type Application, EXPORTER, PROCESSOR, startApplication } from '../testing/application.ts';
import {
  agent,
  assistant,
  chat,
  type ChatMessage,
  failing,
  marked,
  named,
  quiet,
  request,
  saying,
  span,
  type SpanTree,
  tool,
  user,
  workflow,
} from '../testing/span-tree.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const call = named('call', chat('why?', 'because'));
const worker = span('worker');

/** It leaves when so much time has passed from now, and not before. */
async function expectToLeaveAfter(app: Application, ms: number): Promise<void> {
  const { length } = await app.leftByNow();
  await app.pass(ms - 1);
  expect(await app.leftByNow()).toHaveLength(length);
  await app.pass(1);
  expect(await app.leftByNow()).toHaveLength(length + 1);
}

describe.each(PROCESSOR)('%s', (way) => {
  describe('a complete interaction', () => {
    it.each<[string, SpanTree]>([
      ['whose root is ordinary', request(call)],
      ['whose root is a member', agent('helper', call)],
      ['whose root is the call', call],
      ['whose root is marked', marked('interaction', span('answer', call))],
    ])('%s leaves at once', async (_, tree) => {
      await using app = await startApplication(way);
      await app.play(tree);
      expect(await app.leftByNow()).toHaveLength(1);
    });

    const answered = { type: 'text', content: 'because' };
    it.each<[string, readonly ChatMessage['parts'][number][]]>([
      ['by its type in the conventions', [{ type: 'server_tool_call', id: 's1', name: 'search' }, answered]],
      [
        'as Anthropic has it, with what it found',
        [
          { type: 'server_tool_use', id: 's1', name: 'search', input: {} },
          {
            type: 'web_search_tool_result',
            tool_use_id: 's1',
            content: [{ type: 'web_search_result', title: 'News!' }],
          },
          answered,
        ],
      ],
      [
        'as the AI SDK has it',
        [{ type: 'tool-call', toolCallId: 's1', toolName: 'search', providerExecuted: true, input: {} }, answered],
      ],
      [
        'by the result that stands beside it',
        [
          { type: 'tool_call', id: 's1', name: 'search' },
          { type: 'tool_call_response', id: 's1', response: 'found' },
          answered,
        ],
      ],
    ])('with a tool that the provider itself has run (%s) leaves at once', async (_, parts) => {
      await using app = await startApplication(way);
      await app.play(
        request(chat('why?', [{ role: 'assistant', parts }], { 'gen_ai.response.finish_reasons': ['stop'] })),
      );
      const [record] = await app.leftByNow();
      expect(record).toMatchObject({ ai_response: 'because', metaData: { tools: ['search'] } });
    });

    it('that is marked does not wait for what surrounds it', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      await app.playBelow(root, marked('interaction', span('answer', call)));
      expect(await app.leftByNow()).toHaveLength(1);
    });

    it.each(['http.request.method', 'db.system.name', 'rpc.system', 'messaging.system'])(
      'does not wait for an open span with %s',
      async (attribute) => {
        await using app = await startApplication(way);
        const root = await app.start(request());
        await app.start(saying({ [attribute]: 'x' }, span('slow')), root);
        await app.playBelow(root, call);
        await app.end(root);
        expect((await app.leftByNow())[0]?.metaData).not.toHaveProperty('incomplete');
      },
    );

    it('does not wait for an open session below its root', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      await app.start(marked('session', span('session')), root);
      await app.playBelow(root, call);
      await app.end(root);
      expect(await app.leftByNow()).toHaveLength(1);
    });
  });

  describe('below a root that ended well', () => {
    it.each<[string, SpanTree]>([
      ['a member (a stream that outlives its root)', call],
      ['a span that does not say yet what it is', quiet(call)],
    ])('%s is waited for until it ends', async (_, stream) => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      const open = await app.start(stream, root);
      await app.end(root);
      await app.pass(5 * MINUTE);
      expect(await app.leftByNow()).toEqual([]);
      expect(app.stats).toMatchObject({ seen: stream.saysAtEnd === true ? 0 : 1 });
      await app.end(open);
      const [record] = await app.leftByNow();
      expect(record).toMatchObject({
        ai_response: 'because',
        response_time: '5 min 0.00 sec',
        metaData: { span_id: app.spanId('POST /ask') },
      });
      expect(record?.metaData).not.toHaveProperty('incomplete');
    });

    it('it goes out incomplete after openMemberWaitMs without a start or end among its members, and has not failed', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      await app.playBelow(root, call);
      await app.start(named('stream', chat('and?', undefined)), root);
      await app.pass(1);
      const late = await app.start(tool('late'), root);
      await app.end(root);
      await app.pass(5 * MINUTE);
      await app.end(late);
      await expectToLeaveAfter(app, 10 * MINUTE);
      const [record] = await app.leftByNow();
      expect(record).toMatchObject({
        metaData: { incomplete: true },
        step_data: [{}, { step_name: 'stream', status: 'completed', incomplete: true }, { step_name: 'late' }],
      });
      expect(record?.metaData).not.toHaveProperty('error');
    });
  });

  it('below a root that failed nothing is waited for', async () => {
    await using app = await startApplication(way);
    const root = await app.start(failing('client went away', request()));
    await app.start(call, root);
    await app.end(root);
    expect(await app.leftByNow()).toMatchObject([{ metaData: { error: true, incomplete: true } }]);
  });

  describe.each<[string, SpanTree]>([
    ['a member', agent('helper')],
    ['a wrapper', workflow('flow')],
    ['a marked span', marked('interaction', span('answer'))],
  ])('%s as a root that never ends', (_, tree) => {
    it('is waited for openMemberWaitMs, and is its root all the same', async () => {
      await using app = await startApplication(way);
      const root = await app.start(tree);
      await app.pass(MINUTE);
      await app.playBelow(root, call);
      await app.leftByNow();
      await expectToLeaveAfter(app, 10 * MINUTE);
      expect(await app.leftByNow()).toMatchObject([
        { metaData: { incomplete: true, span_id: root.span.spanContext().spanId }, ai_response: 'because' },
      ]);
    });
  });

  describe('below an ordinary root that stays open', () => {
    it('it leaves after idleMs, complete, and that root is not its root', async () => {
      await using app = await startApplication(way);
      const root = await app.start(worker);
      await app.playBelow(root, span('job', call));
      await app.leftByNow();
      await expectToLeaveAfter(app, 30 * SECOND);
      const [record] = await app.leftByNow();
      expect(record).toMatchObject({ metaData: { span_id: app.spanId('job') } });
      expect(record?.metaData).not.toHaveProperty('incomplete');
      await app.end(root);
      expect(await app.leftByNow()).toHaveLength(1);
      expect(app.stats).toMatchObject({ seen: 1, delivered: 1, late: 0, ignored: 0 });
    });

    it('in which no member of it started, ended or was open', async () => {
      await using app = await startApplication(way);
      const root = await app.start(worker);
      await app.playBelow(root, call);
      await app.pass(20 * SECOND);
      const open = await app.start(call, root);
      await app.pass(2 * MINUTE);
      await app.end(open);
      await app.pass(20 * SECOND);
      await app.playBelow(root, call);
      await app.leftByNow();
      await expectToLeaveAfter(app, 30 * SECOND);
      expect((await app.leftByNow())[0]?.step_data).toHaveLength(3);
    });

    it.each([SpanKind.SERVER, SpanKind.CONSUMER])('of kind %i it waits openMemberWaitMs', async (kind) => {
      await using app = await startApplication(way);
      const root = await app.start({ ...span('long request'), kind });
      await app.playBelow(root, call);
      await app.leftByNow();
      await expectToLeaveAfter(app, 10 * MINUTE);
      expect((await app.leftByNow())[0]?.metaData).toMatchObject({ span_id: app.spanId('call') });
    });

    it('a turn leaves when the next begins', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      await app.playBelow(root, chat('one?', '1'));
      await app.pass(MINUTE);
      expect(await app.leftByNow()).toEqual([]);
      await app.playBelow(root, chat([user('one?'), assistant('1'), user('two?')], '2'));
      expect(await app.leftByNow()).toMatchObject([{ user_prompt: 'one?' }]);
    });

    it('a turn waits for what began before the next, which may be of it', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      await app.playBelow(root, chat('one?', '1'));
      const open = await app.start(quiet(tool('search')), root);
      app.clock.pass(1);
      await app.playBelow(root, chat([user('one?'), assistant('1'), user('two?')], '2'));
      await app.start(span('of the next turn'), root);
      expect(await app.leftByNow()).toEqual([]);
      await app.end(open);
      expect(await app.leftByNow()).toMatchObject([
        { user_prompt: 'one?', step_data: [{ step_name: 'chat' }, { step_name: 'search' }] },
      ]);
    });

    it('a turn waits for the ordinary span that holds it alone, and then has it for a root', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      const first = await app.start(named('first', request()), root);
      await app.playBelow(first, chat('one?', '1'));
      await app.playBelow(root, chat([user('one?'), assistant('1'), user('two?')], '2'));
      expect(await app.leftByNow()).toEqual([]);
      await app.end(first);
      expect(await app.leftByNow()).toMatchObject([
        { user_prompt: 'one?', metaData: { span_id: app.spanId('first') } },
      ]);
    });

    it('one leaves after idleMs, however busy others are below the same root', async () => {
      await using app = await startApplication(way);
      const root = await app.start(worker);
      await app.playBelow(root, saying({ 'session.id': 'ann' }, call));
      let open = await app.start(saying({ 'session.id': 'bob' }, call), root);
      for (let s = 0; s < 40; s += 1) {
        await app.pass(SECOND);
        const next = await app.start(saying({ 'session.id': 'bob' }, call), root);
        await app.end(open);
        open = next;
      }
      expect(await app.leftByNow()).toMatchObject([{ session_id: 'ann' }]);
    });

    it('none waits for longer than openMemberWaitMs, however many spans there are that never say what they are', async () => {
      await using app = await startApplication(way);
      const root = await app.start(worker);
      await app.playBelow(root, call);
      let open = await app.start(span('poll'), root);
      for (let s = 0; s < 590; s += 10) {
        await app.pass(10 * SECOND);
        const next = await app.start(span('poll'), root);
        await app.end(open);
        open = next;
      }
      await app.pass(20 * SECOND);
      expect(await app.leftByNow()).toHaveLength(1);
    });
  });

  describe('shutdown', () => {
    it('sends everything as it is: open members make it incomplete, an open ordinary root is not its root', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      await app.playBelow(root, call);
      await app.start(named('stream', chat('and?', undefined)), root);
      const [record] = await app.shutDown();
      expect(record).toMatchObject({
        metaData: { incomplete: true, span_id: app.spanId('call') },
        step_data: [{ step_name: 'call' }, { step_name: 'stream', incomplete: true }],
      });
    });

    it('does not call complete members incomplete because their ordinary root is open', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      await app.playBelow(root, call);
      expect((await app.shutDown())[0]?.metaData).not.toHaveProperty('incomplete');
    });
  });

  describe('forceFlush', () => {
    it.each<[string, SpanTree, SpanTree | undefined]>([
      ['whose root is open', request(), undefined],
      ['whose member is open', request(), named('stream', chat('and?', undefined))],
    ])('never sends an interaction %s', async (_, tree, openMember) => {
      await using app = await startApplication(way);
      const root = await app.start(tree);
      await app.playBelow(root, call);
      if (openMember !== undefined) {
        await app.start(openMember, root);
        await app.end(root);
      }
      expect(await app.forceFlush()).toEqual([]);
      expect(app.stats).toMatchObject({ open: 1 });
    });
  });

  describe('what starts after its interaction has left', () => {
    it.each<[string, SpanTree]>([
      ['a model call', named('later', chat('more?', 'more'))],
      [
        'an agent run',
        named('later', saying({ 'gen_ai.output.messages': '[]' }, agent('helper', chat('more?', 'more')))),
      ],
    ])('begins a new one where it is %s, with an id of its own', async (_, later) => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      await app.playBelow(root, call);
      await app.end(root);
      await app.leftByNow();
      await app.playBelow(root, later);
      expect(await app.records()).toMatchObject([
        { message_id: app.messageId('call') },
        { user_prompt: 'more?', metaData: { span_id: app.spanId('later') } },
      ]);
      expect(app.stats).toMatchObject({ late: 0 });
    });

    it.each<[string, SpanTree, number]>([
      ['a tool', tool('search'), 1],
      ['a wrapper', workflow('flow', workflow('inner')), 2],
      ['a model call of which nothing is known', chat(undefined, undefined, { 'gen_ai.request.model': '' }), 1],
    ])('is late where it is %s, and changes nothing', async (_, later, count) => {
      await using app = await startApplication(way, { toolLoopWaitMs: 0 });
      const root = await app.start(request());
      await app.playBelow(root, call);
      await app.end(root);
      await app.leftByNow();
      await app.playBelow(root, later);
      await app.pass(1);
      expect(await app.leftByNow()).toHaveLength(1);
      expect(app.stats).toMatchObject({ seen: 1, late: count, ignored: 0 });
    });

    it('is late where it ends after, and was cut off by a wait', async () => {
      await using app = await startApplication(way);
      const root = await app.start(failing('gone', request()));
      const open = await app.start(call, root);
      await app.end(root);
      expect(await app.leftByNow()).toHaveLength(1);
      await app.end(open);
      expect(await app.leftByNow()).toHaveLength(1);
      expect(app.stats).toMatchObject({ seen: 1, late: 1 });
    });
  });

  it.each<[string, SpanTree]>([
    ['a model call', named('stream', chat('why?', undefined))],
    ['an agent run', saying({ 'gen_ai.input.messages': '[{"role":"user","content":"why?"}]' }, agent('helper'))],
  ])('%s alone that never ends leaves after openMemberWaitMs', async (_, tree) => {
    await using app = await startApplication(way);
    await app.start(tree);
    await expectToLeaveAfter(app, 10 * MINUTE);
    expect(await app.leftByNow()).toMatchObject([{ user_prompt: 'why?', metaData: { incomplete: true } }]);
  });

  it('waits for each as long as the options say', async () => {
    await using app = await startApplication(way, { idleMs: 2 * SECOND, openMemberWaitMs: 4 * SECOND });
    const root = await app.start(worker);
    await app.playBelow(root, call);
    await app.leftByNow();
    await expectToLeaveAfter(app, 2 * SECOND);
    await app.start(call, root);
    await app.leftByNow();
    await expectToLeaveAfter(app, 4 * SECOND);
  });
});

describe.each(EXPORTER)('%s', (way) => {
  it('waits stragglerMs once the root is in', async () => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    const straggler = await app.start(call, root);
    await app.playBelow(root, call);
    await app.end(root);
    await app.pass(499);
    expect(await app.leftByNow()).toEqual([]);
    await app.end(straggler);
    expect((await app.record()).step_data).toHaveLength(2);
  });

  it('waits for a root in a later batch than its children', async () => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    await app.playBelow(root, call);
    await app.pass(9 * MINUTE);
    expect(await app.leftByNow()).toEqual([]);
    expect(app.stats).toMatchObject({ delivered: 0 });
    await app.end(root);
    expect(await app.record()).toMatchObject({ metaData: { span_id: app.spanId('POST /ask') } });
  });

  it('waits openMemberWaitMs where the parent does not come', async () => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    await app.playBelow(root, call);
    await app.leftByNow();
    await expectToLeaveAfter(app, 10 * MINUTE);
    expect(await app.leftByNow()).toMatchObject([{ message_id: app.messageId('call') }]);
  });

  it('sends at forceFlush what has its root, without waiting for stragglers, and nothing else', async () => {
    await using app = await startApplication(way);
    await app.play(request(call));
    const root = await app.start(request());
    await app.playBelow(root, call);
    expect(await app.forceFlush()).toHaveLength(1);
  });

  it('sends everything at shutdown', async () => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    await app.playBelow(root, call);
    expect(await app.shutDown()).toHaveLength(1);
  });

  it('begins a new interaction with a call that comes after, and counts every other span late', async () => {
    await using app = await startApplication(way, { toolLoopWaitMs: 0 });
    const root = await app.start(request());
    await app.playBelow(root, call);
    await app.end(root);
    await app.records();
    await app.playBelow(root, named('later', chat('more?', 'more')), tool('search'));
    expect(await app.records()).toMatchObject([
      { message_id: app.messageId('call') },
      { message_id: app.messageId('later') },
    ]);
    await app.pass(SECOND);
    expect(app.stats).toMatchObject({ seen: 2, late: 1 });
  });

  it('takes a call for one of its own that comes after a root without any', async () => {
    await using app = await startApplication(way);
    const root = await app.start(request());
    await app.end(root);
    await app.records();
    await app.playBelow(root, call);
    expect(await app.record()).toMatchObject({ message_id: app.messageId('call') });
  });
});
