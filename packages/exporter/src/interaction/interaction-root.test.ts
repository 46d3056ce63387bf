/** The option `interactionRoot`: what makes an interaction instead of the local root (record.md, section 1). */
import { describe, expect, it } from 'vitest';
import type { InteractionRoot } from './group.ts';
import { ALL_WAYS, type Received, recordsOf, type Way } from '../testing/application.ts';
import {
  agent,
  assistant,
  chat,
  conversing,
  gave,
  marked,
  named,
  remote,
  request,
  span,
  type SpanTree,
  tool,
  usage,
  user,
  wants,
  workflow,
} from '../testing/span-tree.ts';

const play = (
  way: Way,
  interactionRoot: InteractionRoot,
  ...trees: readonly SpanTree[]
): Promise<readonly Received[]> => recordsOf(way, trees, { interactionRoot });

const answers = (records: readonly Received[]): unknown => records.map(({ ai_response }) => ai_response);

const work = request(
  chat('one?', '1'),
  conversing('two?', 'two', agent('helper', chat('two?', '2', usage(3, 4)), tool('search'), chat('three?', '3'))),
);

describe.each(ALL_WAYS)('%s', (way) => {
  it('request: all below one local root', async () => {
    expect(await play(way, 'request', work)).toMatchObject([{ user_prompt: 'one?', ai_response: '3' }]);
  });

  describe('genai', () => {
    it('makes an interaction of each outermost member', async () => {
      const records = await play(way, 'genai', work);
      expect(records).toMatchObject([
        { user_prompt: 'one?', ai_response: '1' },
        { user_prompt: 'two?', ai_response: 'two', step_data: [{}, { step_name: 'search' }, {}] },
      ]);
    });

    it('still begins another with a new turn below it', async () => {
      const turns = workflow('talk', chat('one?', '1'), chat([user('one?'), assistant('1'), user('two?')], '2'));
      expect(answers(await play(way, 'genai', request(turns)))).toEqual(['1', '2']);
    });

    it('still keeps a mark whole', async () => {
      const whole = marked('interaction', span('answer', chat('one?', '1'), chat('two?', '2')));
      expect(answers(await play(way, 'genai', request(whole)))).toEqual(['2']);
    });
  });

  describe('model-call', () => {
    it('makes an interaction of each model call, and of nothing else', async () => {
      const records = await play(way, 'model-call', work);
      expect(answers(records)).toEqual(['1', '2', '3']);
      for (const record of records) expect(record).not.toHaveProperty('step_data');
    });

    it('joins no tool loops', async () => {
      const loop = [
        chat([user('why?')], [wants('search', 'c1')]),
        chat([user('why?'), wants('search', 'c1'), gave('found', 'c1')], 'so'),
      ];
      expect(await play(way, 'model-call', ...loop)).toHaveLength(2);
      expect(await play(way, 'model-call', request(...loop))).toHaveLength(2);
    });

    it('still keeps a mark whole', async () => {
      const whole = marked('interaction', span('answer', chat('one?', '1'), chat('two?', '2')));
      expect(answers(await play(way, 'model-call', request(chat('zero?', '0'), whole)))).toEqual(['0', '2']);
    });
  });

  describe('trace', () => {
    const services = request(chat('one?', '1'), span('call', remote(request(agent('there', chat('two?', '2'))))));

    it('takes remote parents for parents', async () => {
      const [record, ...others] = await play(way, 'trace', services);
      expect(others).toEqual([]);
      expect(record?.step_data?.map((step) => step['step_name'])).toEqual(['chat', 'there', 'chat']);
    });

    it('still makes one of each trace', async () => {
      expect(await play(way, 'trace', services, services)).toHaveLength(2);
    });
  });

  describe('a predicate', () => {
    it('marks what it says true of; all else follows the local root', async () => {
      const records = await play(
        way,
        ({ name }) => name === 'job',
        request(
          chat('zero?', '0'),
          named('job', span('', chat('one?', '1'))),
          named('job', span('', chat('two?', '2'))),
        ),
      );
      expect(answers(records)).toEqual(['0', '1', '2']);
    });

    it('that throws says no', async () => {
      const predicate = (): boolean => {
        throw new Error('not today');
      };
      expect(await play(way, predicate, work)).toHaveLength(1);
    });

    it('never makes a session a root', async () => {
      const session = marked('session', span('session', chat('one?', '1'), chat('two?', '2')));
      expect(answers(await play(way, () => true, session))).toEqual(['1', '2']);
    });
  });
});
