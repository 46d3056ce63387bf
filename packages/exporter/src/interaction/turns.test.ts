/** Where a new turn begins below one root, and what becomes of the root (record.md, section 1, rules 2 and 3). */
import { describe, expect, it } from 'vitest';
import {
  ALL_WAYS,
  type Application,
  type Received,
  recordsOf,
  startApplication,
  type Way,
} from '../testing/application.ts';
import {
  agent,
  assistant,
  chat,
  type ChatMessage,
  conversing,
  gave,
  lasting,
  named,
  request,
  retrieval,
  saying,
  span,
  type SpanTree,
  system,
  tool,
  user,
  wants,
  workflow,
} from '../testing/span-tree.ts';

const prompts = (records: readonly Received[]): readonly string[] => records.map(({ user_prompt }) => user_prompt);

/** What the questions and answers of calls one after another make, below one request. */
const turnsOf = async (way: Way, ...calls: readonly SpanTree[]): Promise<readonly string[]> =>
  prompts(await recordsOf(way, [request(...calls)]));

const first = [user('one?')];
const second = [user('one?'), assistant('1'), user('two?')];

describe.each(ALL_WAYS)('%s', (way) => {
  describe('a new turn begins with a call', () => {
    it('whose history holds the question, an answer and another question', async () => {
      expect(await turnsOf(way, chat(first, '1'), chat(second, '2'))).toEqual(['one?', 'two?']);
    });

    it('also where the question is so long that only its ends are compared', async () => {
      const long = (end: string): string => `${'so  long\n'.repeat(50_000)}${end}`;
      const rewrapped = user(long('one?').replaceAll('\n', ' \n'));
      const calls = [
        chat([user(long('one?'))], '1'),
        chat([rewrapped], '1 again'),
        chat([rewrapped, assistant('1'), user(long('two?'))], '2'),
      ];
      const questions = await turnsOf(way, ...calls);
      expect(questions.map((question) => question.slice(-4))).toEqual(['one?', 'two?']);
    });

    it.each<[of: string, ...more: readonly ChatMessage[]]>([
      [
        'which has a reminder beside the result of a tool',
        { role: 'user', parts: [...gave('found', 'c1').parts, ...user('Be brief.').parts] },
      ],
      ['which brings a result, and what the tool found after it', gave('found', 'c1'), user('[image]')],
    ])('but not with one %s', async (_of, ...more) => {
      const asking = chat(first, [wants('search', 'c1')]);
      const carrying = chat([...first, wants('search', 'c1'), ...more], '1');
      expect(await recordsOf(way, [request(asking, carrying)])).toMatchObject([
        { user_prompt: 'one?', ai_response: '1' },
      ]);
      const alone = chat([...first, wants('search', 'c1'), ...more.slice(0, 1)], '1');
      expect(await turnsOf(way, alone)).toEqual(['one?']);
    });

    it('as often as that happens', async () => {
      const third = [...second, assistant('2'), user('three?')];
      expect(await turnsOf(way, chat(first, '1'), chat(second, '2'), chat(third, '3'))).toEqual([
        'one?',
        'two?',
        'three?',
      ]);
    });

    it('even if the answer in the history is not the one that was given', async () => {
      expect(await turnsOf(way, chat(first, undefined), chat(second, '2'))).toEqual(['one?', 'two?']);
    });

    it('even if white space was wrapped anew, and instructions were added', async () => {
      const rewrapped = [system('Be brief.'), user(' one\n  or two? '), assistant('1'), user('three?')];
      expect(await turnsOf(way, chat('one or two?', '1'), chat(rewrapped, '2'))).toEqual(['one or two?', 'three?']);
    });

    it('that asks the same once more after an answer with text', async () => {
      expect(await turnsOf(way, chat(first, '1'), chat([...first, assistant('1'), user('one?')], '2'))).toEqual([
        'one?',
        'one?',
      ]);
    });

    it('that names a response of this turn as its previous one and brings a new user message', async () => {
      const named = chat(first, '1', { 'gen_ai.response.id': 'resp-1' });
      const next = chat('two?', '2', { 'gen_ai.request.previous_response.id': 'resp-1' });
      expect(await turnsOf(way, named, next)).toEqual(['one?', 'two?']);
    });
  });

  describe('no new turn begins with a call', () => {
    it.each<[string, readonly ChatMessage[]]>([
      ['that carries the result of a tool', [...first, wants('search', 'c1'), gave('found', 'c1')]],
      ['that asks the same again without an answer (a retry)', first],
      [
        'that repeats the question after tool calls',
        [...first, wants('search', 'c1'), gave('found', 'c1'), user('one?')],
      ],
      ['that asks something unrelated, without the history', [user('summarise it')]],
      ['with two questions in a row', [...first, user('two?')]],
      ['whose other user message has no text', [...first, assistant('1'), { role: 'user', parts: [] }]],
    ])('%s', async (_, history) => {
      expect(await turnsOf(way, chat(first, '1'), chat(history, '2'))).toEqual(['one?']);
    });

    it('that repeats a call whose history asks the same twice', async () => {
      const twice = [...first, assistant('1'), user('one?')];
      expect(await turnsOf(way, chat(twice, '2'), chat(twice, '2'))).toEqual(['one?']);
    });

    it('that names a previous response and brings only a tool result', async () => {
      const named = chat(first, [wants('search', 'c1')], { 'gen_ai.response.id': 'resp-1' });
      const next = chat([gave('found', 'c1')], '2', { 'gen_ai.request.previous_response.id': 'resp-1' });
      expect(await turnsOf(way, named, next)).toEqual(['one?']);
    });

    it('that names a response of elsewhere', async () => {
      const next = chat('two?', '2', { 'gen_ai.request.previous_response.id': 'resp-9' });
      expect(await turnsOf(way, chat(first, '1'), next)).toEqual(['one?']);
    });
  });

  describe('turns that share their root', () => {
    it('have none: they run from their first member to their last, and what the shared span says is nobody’s', async () => {
      await using app = await startApplication(way);
      await app.play(
        conversing(
          'all?',
          'all',
          workflow(
            'talk',
            named('call 1', chat(first, '1')),
            lasting(1_000, span('pause')),
            retrieval(),
            named('call 2', chat(second, '2')),
          ),
        ),
      );
      const records = await app.records();
      expect(records).toMatchObject([
        {
          user_prompt: 'one?',
          ai_response: '1',
          message_id: app.messageId('call 1'),
          metaData: { span_id: app.spanId('call 1'), response_time_ms: 10 },
        },
        {
          user_prompt: 'two?',
          ai_response: '2',
          message_id: app.messageId('call 2'),
          metaData: { span_id: app.spanId('call 2'), response_time_ms: 20 },
          step_data: [
            { step_name: 'retrieval', start_ms: 0 },
            { step_name: 'call 2', start_ms: 10 },
          ],
        },
      ]);
      // The first one's call is its root, and so no step.
      expect(records[0]).not.toHaveProperty('step_data');
      for (const step of records[1]?.step_data ?? []) expect(step).not.toHaveProperty('parent_span_id');
    });

    it('have the outermost span for a root that holds the turn alone', async () => {
      await using app = await startApplication(way);
      await app.play(
        span(
          'talk',
          named('turn 1', span('', agent('helper', chat(first, '1')))),
          named('turn 2', span('', conversing('second?', 'second', agent('helper 2', chat(second, '2'))))),
        ),
      );
      expect(await app.records()).toMatchObject([
        { user_prompt: 'one?', metaData: { span_id: app.spanId('turn 1') } },
        {
          user_prompt: 'two?',
          metaData: { span_id: app.spanId('turn 2') },
          step_data: [{ step_name: 'helper 2' }, {}],
        },
      ]);
    });

    it('have an agent that holds both neither as a root nor as a step', async () => {
      await using app = await startApplication(way);
      await app.play(request(conversing('all?', 'all', agent('talker', chat(first, '1'), chat(second, '2')))));
      const records = await app.records();
      expect(records).toMatchObject([{ ai_response: '1' }, { ai_response: '2' }]);
      for (const record of records) expect(record).not.toHaveProperty('step_data');
    });

    it('have what was looked up before a call, and what was done for its answer', async () => {
      await using app = await startApplication(way);
      await app.play(
        request(
          named('look up 1', retrieval()),
          chat(first, [wants('search', 'c1')]),
          tool('search', { id: 'c1' }),
          chat([...first, wants('search', 'c1'), gave('found', 'c1')], '1'),
          named('look up 2', retrieval()),
          chat([...first, wants('search', 'c1'), gave('found', 'c1'), assistant('1'), user('two?')], '2'),
        ),
      );
      const records = await app.records();
      expect(records.map(({ step_data: steps }) => steps?.map((step) => step['step_name']))).toEqual([
        ['look up 1', 'chat', 'search', 'chat'],
        ['look up 2', 'chat'],
      ]);
    });
  });

  it('keeps a tool loop one interaction, however many turns of the model it takes', async () => {
    const history: ChatMessage[] = [user('one?')];
    const loop = Array.from({ length: 5 }, (_, i) => {
      const call = chat([...history], [wants('search', `c${i}`)]);
      history.push(wants('search', `c${i}`), gave(`found ${i}`, `c${i}`));
      return [call, tool('search', { id: `c${i}` })];
    });
    expect(await turnsOf(way, ...loop.flat(), chat(history, 'done'))).toEqual(['one?']);
  });
});

const withoutAccount = (records: readonly Received[] | undefined): unknown =>
  records?.map(({ org_id: _, ...record }) => record);

it('says the same of each turn, by the same ids, however the spans came', async () => {
  const talk = conversing(
    'all?',
    'all',
    agent(
      'talker',
      retrieval(),
      chat(first, '1'),
      saying({ 'session.id': 's' }, chat(second, '2')),
      tool('search'),
      chat([...second, assistant('2'), user('three?')], '3'),
    ),
  );
  const told = async (way: Way, play: (app: Application) => Promise<void>): Promise<readonly Received[]> => {
    await using app = await startApplication(way);
    await play(app);
    return await app.records();
  };
  const [reference, ...others] = await Promise.all(ALL_WAYS.map((way) => told(way, (app) => app.play(request(talk)))));
  expect(reference).toHaveLength(3);
  for (const other of others) expect(withoutAccount(other)).toEqual(withoutAccount(reference));

  // With minutes in between, as long as no wait runs out, only times differ.
  const slow = await told('processor slowly', async (app) => {
    const root = await app.start(request());
    const run = await app.start(talk, root);
    for (const child of talk.children) {
      await app.playBelow(run, child);
      await app.pass(9 * 60_000);
    }
    await app.end(run);
    await app.end(root);
  });
  const ids = (records: readonly Received[] | undefined): unknown =>
    records?.map(({ message_id, user_prompt, ai_response }) => ({ message_id, user_prompt, ai_response }));
  expect(ids(slow)).toEqual(ids(reference));
});
