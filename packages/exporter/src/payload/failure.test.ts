/** Whether an interaction failed, and what it then says (record.md, section 3). */
import type { Attributes } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { BOTH_WAYS, type Received, recordOf } from '../testing/application.ts';
import {
  agent,
  chat,
  conversing,
  failing,
  marked,
  named,
  request,
  saying,
  span,
  type SpanTree,
  throwing,
  tool,
  workflow,
} from '../testing/span-tree.ts';

const call = chat('why?', 'because');
const broken = chat('why?', undefined);
const withError = (type: string, tree: SpanTree): SpanTree => saying({ 'error.type': type }, tree);

const failureOf = ({ ai_response, metaData }: Received): unknown => ({
  ai_response,
  ...(metaData['error'] !== undefined && { error: metaData['error'] }),
  ...(metaData['errorMessage'] !== undefined && { errorMessage: metaData['errorMessage'] }),
  ...(metaData['errorType'] !== undefined && { errorType: metaData['errorType'] }),
});

describe.each(BOTH_WAYS)('%s', (way) => {
  describe('it has failed', () => {
    it.each<[string, SpanTree, object]>([
      [
        'by the status of its ordinary root',
        failing('no', request(broken)),
        { ai_response: 'Error: no', errorMessage: 'no' },
      ],
      [
        'with what there is of an answer',
        failing('cut off', request(call)),
        { ai_response: 'because', errorMessage: 'cut off' },
      ],
      [
        'by an exception event of a root that is a member',
        throwing('TypeError', 'no', agent('helper', broken)),
        { ai_response: 'Error: no', errorMessage: 'no', errorType: 'TypeError' },
      ],
      [
        "by a dialect's own mark",
        withError('RateLimitError', broken),
        { ai_response: 'Error: RateLimitError', errorMessage: 'RateLimitError', errorType: 'RateLimitError' },
      ],
      [
        'by its last call, where the root ended well',
        request(call, failing('busy', broken)),
        { ai_response: 'Error: busy', errorMessage: 'busy' },
      ],
    ])('%s', async (_, tree, expected) => {
      expect(failureOf(await recordOf(way, tree))).toEqual({ error: true, ...expected });
    });
  });

  describe('it has not failed', () => {
    it.each<[string, SpanTree]>([
      ['by an exception event on an ordinary root', throwing('TypeError', 'caught', request(call))],
      ['by a call that a later one made good', request(failing('busy', broken), call)],
      ['by a tool', request(failing('not found', tool('search')), call)],
      [
        'by its last call where the root answered',
        conversing('why?', 'because', agent('helper', call, failing('busy', broken))),
      ],
      [
        'by its last call where the user says the answer of what is marked',
        marked(
          'interaction',
          saying({ 'huggingplace.ai_response': 'because' }, span('answer', failing('busy', broken))),
        ),
      ],
    ])('%s', async (_, tree) => {
      expect(failureOf(await recordOf(way, tree))).toEqual({ ai_response: 'because' });
    });
  });

  describe('its message is', () => {
    const deep = request(workflow('flow', withError('TypeError', failing('deep', broken))));
    const status = (code: number): Attributes => ({ 'http.response.status_code': code });

    it.each<[string, string | undefined, SpanTree]>([
      [
        "the root's status message",
        'status',
        throwing('E', 'exception', failing('status', request(failing('call', broken)))),
      ],
      [
        "else its exception's",
        'exception',
        throwing('E', 'exception', failing(undefined, request(failing('call', broken)))),
      ],
      ["else the deepest failed span's", 'deep', failing(undefined, deep)],
      [
        'else the type',
        'TypeError',
        failing(undefined, saying({ 'error.type': 'TypeError' }, request(failing(undefined, broken)))),
      ],
      [
        'else the HTTP status',
        'HTTP 503',
        failing(undefined, saying(status(503), request(failing(undefined, broken)))),
      ],
      ['else nothing', undefined, failing(undefined, request(failing(undefined, broken)))],
      [
        'never a stack',
        'no such key',
        failing('no such key\n    at lookUp (app.js:1:1)\n    at main (app.js:2:2)', request(broken)),
      ],
    ])('%s', async (_, expected, tree) => {
      const record = await recordOf(way, tree);
      expect(record.metaData['errorMessage']).toBe(expected);
      expect(record.ai_response).toBe(expected === undefined ? 'Error' : `Error: ${expected}`);
      expect(record.metaData['error']).toBe(true);
    });
  });

  it('a failed interaction misses no answer', async () => {
    expect((await recordOf(way, failing('no', request(broken)))).metaData).not.toHaveProperty('content_missing');
  });

  it('an error that was overcome is a failed step of a successful interaction', async () => {
    const record = await recordOf(way, request(named('try 1', failing('busy', broken)), named('try 2', call)));
    expect(record).toMatchObject({
      ai_response: 'because',
      step_data: [
        { step_name: 'try 1', status: 'failed', error_message: 'busy' },
        { step_name: 'try 2', status: 'completed' },
      ],
    });
    expect(record.metaData).not.toHaveProperty('error');
  });
});
