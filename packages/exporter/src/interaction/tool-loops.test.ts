/** Calls with nothing around them that one question and its tools hold together (record.md, section 1, rule 4). */
import { describe, expect, it } from 'vitest';
import {
  ALL_WAYS,
  type Application,
  EXPORTER,
  PROCESSOR,
  type Received,
  startApplication,
  type Way,
} from '../testing/application.ts';
import {
  agent,
  by,
  chat,
  type ChatMessage,
  conversing,
  failing,
  gave,
  lasting,
  marked,
  named,
  request,
  retrieval,
  saying,
  span,
  type SpanTree,
  tool,
  usage,
  user,
  wants,
  workflow,
} from '../testing/span-tree.ts';

const why = user('why?');
/** A call that asks for a tool, and one that brings its result. */
const asking = (id?: string): SpanTree => named('asking', chat([why], [wants('search', id)], usage(1, 2)));
const carrying = (id?: string, answer = 'because'): SpanTree =>
  named('carrying', chat([why, wants('search', id), gave('found', id)], answer, usage(10, 20)));

async function play(way: Way, ...trees: readonly SpanTree[]): Promise<readonly Received[]> {
  await using app = await startApplication(way);
  return await playIn(app, ...trees);
}

async function playIn(app: Application, ...trees: readonly SpanTree[]): Promise<readonly Received[]> {
  await app.play(...trees);
  await app.records();
  // What waits for a tool has had its time.
  await app.pass(30_000);
  return await app.records();
}

const stepNames = (records: readonly Received[]): unknown =>
  records.map(({ step_data: steps }) => steps?.map((step) => step['step_name']));

describe.each(ALL_WAYS)('%s', (way) => {
  describe('the call that carries the result joins the one that asked', () => {
    it('as one interaction without a root: prompt of the first, answer of the last, tokens of both', async () => {
      await using app = await startApplication(way);
      expect(await playIn(app, asking('c1'), lasting(5, span('work')), carrying('c1'))).toMatchObject([
        {
          user_prompt: 'why?',
          ai_response: 'because',
          token_count: 33,
          message_id: app.messageId('asking'),
          metaData: { span_id: app.spanId('asking'), response_time_ms: 25, tools: ['search'] },
          step_data: [{ step_name: 'asking' }, { step_name: 'carrying' }],
        },
      ]);
      expect(app.stats).toMatchObject({ seen: 1, late: 0, ignored: 0 });
    });

    it('by id, whatever the history in between', async () => {
      const shortened = named('carrying', chat([gave('found', 'c1')], 'because'));
      expect(await play(way, asking('c1'), shortened)).toHaveLength(1);
    });

    it('by history where no ids are recorded', async () => {
      expect(await play(way, asking(), carrying())).toHaveLength(1);
    });

    it.each<[string, SpanTree]>([
      ['its finish reason says so', chat([why], undefined, { 'gen_ai.response.finish_reasons': ['tool_calls'] })],
      ['its output is recorded with empty text and no finish reason', chat([why], [{ role: 'assistant', parts: [] }])],
    ])('if %s', async (_, call) => {
      expect(await play(way, call, carrying())).toHaveLength(1);
    });

    it('over as many rounds as it takes', async () => {
      const history: ChatMessage[] = [why];
      const rounds = ['c1', 'c2', 'c3'].map((id) => {
        const round = chat([...history], [wants('search', id)]);
        history.push(wants('search', id), gave(`found ${id}`, id));
        return round;
      });
      const records = await play(way, ...rounds, chat(history, 'because'));
      expect(records).toMatchObject([{ ai_response: 'because' }]);
      expect(records[0]?.step_data).toHaveLength(4);
    });

    it('out of roots that ended well: what they say is nobody’s then', async () => {
      const records = await play(
        way,
        conversing('first?', 'first', workflow('one', asking('c1'))),
        conversing('second?', 'second', workflow('two', carrying('c1'))),
      );
      expect(records).toMatchObject([{ user_prompt: 'why?', ai_response: 'because' }]);
      expect(stepNames(records)).toEqual([['asking', 'carrying']]);
    });
  });

  describe('nothing is joined', () => {
    it.each<[string, SpanTree, SpanTree]>([
      ['where the root failed', failing('timeout', request(asking('c1'))), carrying('c1')],
      ['across sessions', saying({ 'session.id': 'a' }, asking('c1')), saying({ 'session.id': 'b' }, carrying('c1'))],
      ['across users', saying({ 'user.id': 'a' }, asking('c1')), saying({ 'user.id': 'b' }, carrying('c1'))],
      ['to a marked interaction', marked('interaction', asking('c1')), carrying('c1')],
      ['by a marked interaction', asking('c1'), marked('interaction', carrying('c1'))],
      ['with another tool call’s result', asking('c1'), carrying('c2')],
      [
        'with the same id for another question',
        asking('c1'),
        chat([user('how?'), wants('search', 'c1'), gave('found', 'c1')], 'so'),
      ],
      ['where the call answered', chat([why], 'because'), carrying()],
      ['where its answer was not recorded', chat([why], undefined), carrying()],
      [
        'where its answer is empty but it stopped',
        chat([why], '', { 'gen_ai.response.finish_reasons': ['stop'] }),
        carrying(),
      ],
      ['without ids to another question', asking(), chat([user('how?'), wants('search'), gave('found')], 'so')],
      [
        'without ids where the user spoke again',
        asking(),
        chat([why, wants('search'), gave('found'), user('and?')], 'so'),
      ],
      ['to a history that is no longer', asking(), chat([why], 'because')],
    ])('%s', async (_, first, second) => {
      expect(await play(way, first, second)).toHaveLength(2);
    });

    it('where a tool span of its own interaction answered', async () => {
      const answered = request(asking('c1'), tool('search', { id: 'c1', result: 'found' }));
      expect(await play(way, answered, carrying('c1'))).toHaveLength(2);
    });

    it('but is where that tool answered another call', async () => {
      const answered = request(asking('c1'), tool('other', { id: 'c9', result: 'found' }));
      expect(await play(way, answered, carrying('c1'))).toHaveLength(1);
    });
  });

  describe('a tool span outside any interaction', () => {
    const lone = tool('search', { id: 'c1', args: '{}', result: 'found' });

    it.each<[string, SpanTree, SpanTree, SpanTree]>([
      ['by its call id', asking('c1'), lone, carrying('c1')],
      ['by its result, where it names no call', asking('c1'), tool('search', { result: 'found' }), carrying('c1')],
      ['by the id that the carrying call names, where the asking one recorded none', asking(), lone, carrying('c1')],
      ['in a trace with other work', asking('c1'), request(span('http', lone), span('db')), carrying('c1')],
    ])('is a step of the loop %s', async (_, first, between, last) => {
      await using app = await startApplication(way);
      const records = await playIn(app, first, between, last);
      expect(stepNames(records)).toEqual([['asking', 'search', 'carrying']]);
      expect(app.stats).toMatchObject({ ignored: 0 });
    });

    it('is one though what it ran below is still open: what a record says does not depend on when that ends', async () => {
      await using app = await startApplication(way);
      const session = await app.start(span('mcp session'));
      await app.play(asking('c1'));
      await app.playBelow(session, lone);
      await app.play(carrying('c1'));
      await app.records();
      await app.end(session);
      expect(stepNames(await app.records())).toEqual([['asking', 'search', 'carrying']]);
      expect(app.stats).toMatchObject({ ignored: 0, late: 0 });
    });

    it('is not where it is a step of another interaction', async () => {
      await using app = await startApplication(way);
      const other = await app.start(request());
      await app.playBelow(other, chat([user('how?')], 'so'), lone);
      await app.play(asking('c1'), carrying('c1'));
      await app.records();
      await app.end(other);
      expect(stepNames(await app.records())).toEqual([
        ['chat', 'search'],
        ['asking', 'carrying'],
      ]);
    });

    it.each<[string, SpanTree]>([
      ['of another call', tool('search', { id: 'c2', result: 'found' })],
      ['with another result', tool('search', { result: 'lost' })],
      ['without either', tool('search')],
      ['of somebody else', saying({ 'user.id': 'bob' }, tool('search', { result: 'found' }))],
    ])('is ignored where it is one %s', async (_, other) => {
      await using app = await startApplication(way);
      const ann = { 'user.id': 'ann' };
      const records = await playIn(app, saying(ann, asking('c1')), other, saying(ann, carrying('c1')));
      expect(stepNames(records)).toEqual([['asking', 'carrying']]);
      expect(app.stats).toMatchObject({ ignored: 1 });
    });

    it('is ignored where it ran before it was asked for', async () => {
      expect(stepNames(await play(way, tool('search', { result: 'found' }), asking('c1'), carrying('c1')))).toEqual([
        ['asking', 'carrying'],
      ]);
    });

    it('is ignored without a loop, as are other members', async () => {
      await using app = await startApplication(way);
      expect(await playIn(app, request(lone, retrieval()), chat([why], 'because'))).toHaveLength(1);
      expect(app.stats).toMatchObject({ ignored: 2 });
    });
  });

  it('takes a tool that a dialect uses for structured answers for the answer', async () => {
    const strands = { 'gen_ai.event.start_time': '2026-01-01' };
    const structured = chat(
      [why],
      [
        {
          role: 'assistant',
          parts: [{ type: 'tool_call', id: 'c1', name: 'strands_structured_output', arguments: { a: 1 } }],
        },
      ],
      strands,
    );
    await using app = await startApplication(way);
    await app.play(structured);
    // At once: nothing is waited for.
    expect(await app.records()).toMatchObject([{ ai_response: '{"a":1}' }]);
  });

  it('joins what two loops at the same time ask for, each with its own', async () => {
    const loop = (name: string): readonly [SpanTree, SpanTree] => {
      const question = user(`${name}?`);
      return [
        chat([question], [wants('search', name)]),
        chat([question, wants('search', name), gave('found', name)], `${name}!`),
      ];
    };
    const [a1, a2] = loop('a');
    const [b1, b2] = loop('b');
    expect(await play(way, a1, b1, b2, a2)).toMatchObject([
      { user_prompt: 'a?', ai_response: 'a!' },
      { user_prompt: 'b?', ai_response: 'b!' },
    ]);
  });

  it('below one request tells the turns of a loop by their tools alone', async () => {
    const records = await play(
      way,
      request(agent('helper', asking('c1'), tool('search', { id: 'c1' }), carrying('c1'))),
    );
    expect(stepNames(records)).toEqual([['helper', 'asking', 'search', 'carrying']]);
  });
});

describe.each([...PROCESSOR, ...EXPORTER])('%s: the wait for the call that continues a loop', (way) => {
  it('ends after toolLoopWaitMs: what asked goes out as it is', async () => {
    await using app = await startApplication(way);
    await app.play(asking('c1'));
    expect(await app.records()).toEqual([]);
    expect(app.stats).toMatchObject({ seen: 1, open: 1 });
    await app.pass(29_400);
    expect(await app.leftByNow()).toEqual([]);
    await app.pass(600);
    const [record] = await app.leftByNow();
    expect(record).toMatchObject({ user_prompt: 'why?', ai_response: '', metaData: { tools: ['search'] } });
    expect(record?.metaData).not.toHaveProperty('incomplete');
    expect(record?.metaData).not.toHaveProperty('content_missing');
    // What comes now is one of its own.
    await app.play(carrying('c1'));
    expect(await app.records()).toHaveLength(2);
  });

  it('ends with forceFlush', async () => {
    await using app = await startApplication(way);
    await app.play(asking('c1'));
    expect(await app.forceFlush()).toHaveLength(1);
  });

  it('touches nothing else', async () => {
    await using app = await startApplication(way);
    await app.play(asking('c1'), named('other', chat('how?', 'so')));
    expect(await app.records()).toMatchObject([{ user_prompt: 'how?' }]);
  });
});

it('a loop is joined even if what both calls waited for ends while the second is being looked at', async () => {
  for (let pieces = 0; pieces < 30; pieces += 1) {
    await using app = await startApplication('processor at once');
    const session = await app.start(by('@traceloop/instrumentation-mcp', span('mcp session')));
    await app.play(asking('c1'));
    await app.leftByNow();
    await app.play(carrying('c1'));
    for (let i = 0; i < pieces; i += 1) app.clock.runOnce();
    await app.end(session);
    expect(await app.records()).toMatchObject([{ ai_response: 'because', token_count: 33 }]);
  }
});
