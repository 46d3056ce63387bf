/** Limits of a payload (record.md, section 7): what is cut, where, and that it says so. */
import { describe, expect, it } from 'vitest';
import { BOTH_WAYS, type Received, recordOf } from '../testing/application.ts';
import { agent, chat, named, request, saying, span, type SpanTree, tool, user } from '../testing/span-tree.ts';

const bytesOf = (record: Received): number => Buffer.byteLength(JSON.stringify(record));
const long = (length: number): string => 'x'.repeat(length);
const steps = (count: number, args: string): readonly SpanTree[] =>
  Array.from({ length: count }, (_, i) => named(`step ${i}`, tool(`step ${i}`, { args })));

/** Every text of it, wherever it stands. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}

describe.each(BOTH_WAYS)('%s', (way) => {
  describe('a text', () => {
    it('within the limits is left alone, and nothing is marked', async () => {
      const record = await recordOf(way, chat(long(100), long(100)), { maxFieldChars: 100 });
      expect(record).toMatchObject({ user_prompt: long(100), ai_response: long(100) });
      expect(record.metaData).not.toHaveProperty('truncated');
    });

    it('is cut at maxFieldChars, wherever it stands', async () => {
      const everywhere = {
        'session.id': long(200),
        'user.id': long(200),
        'user.roles': [long(200)],
        'user.email': long(200),
        'huggingplace.org_uuid': long(200),
        'huggingplace.file_name': long(200),
        'huggingplace.mapping_table': long(200),
        'huggingplace.llm_model': long(200),
        'huggingplace.llm_model2': long(200),
        'huggingplace.message_id': long(200),
        'huggingplace.metadata.note': long(200),
        'huggingplace.metadata.list': [long(200)],
      };
      const tree = saying(
        everywhere,
        request(chat([user(long(200))], long(200)), tool(long(200), { args: long(200) })),
      );
      const record = await recordOf(way, tree, { maxFieldChars: 100 });
      expect(record.metaData).toMatchObject({ truncated: true, note: `${long(99)}…`, list: [`${long(99)}…`] });
      expect(record).toMatchObject({
        user_prompt: `${long(99)}…`,
        session_id: `${long(99)}…`,
        user_roles: [`${long(99)}…`],
      });
      for (const text of textsIn(record)) expect(text.length).toBeLessThanOrEqual(100);
    });

    it('is cut between code points', async () => {
      const record = await recordOf(way, chat('😀'.repeat(100), '!'), { maxFieldChars: 100 });
      expect(record.user_prompt).toBe(`${'😀'.repeat(49)}…`);
    });

    it('that is an id or a model is cut at 512', async () => {
      const attributes = { 'session.id': long(3_000), 'user.id': long(3_000), 'huggingplace.llm_model': long(3_000) };
      const record = await recordOf(way, saying(attributes, request(chat('?', '!'))));
      const cut = `${long(511)}…`;
      expect(record).toMatchObject({ session_id: cut, user_uuid: cut, llm_model: cut, metaData: { truncated: true } });
    });

    it('of a step is cut at 65,536', async () => {
      const record = await recordOf(way, request(chat('?', '!'), tool('search', { args: long(70_000) })));
      expect(record.step_data?.[1]?.['userQuestion']).toBe(`${long(65_535)}…`);
      expect(record.metaData).toMatchObject({ truncated: true });
    });

    it.each<[string, string, string]>([
      ['NUL', 'a\0b', 'a\uFFFDb'],
      ['lone surrogates', 'a\uD800b\uDC00', 'a\uFFFDb\uFFFD'],
    ])('loses %s, which no database takes', async (_, given, kept) => {
      const everywhere = {
        'session.id': given,
        'user.id': given,
        'user.roles': [given],
        'user.email': given,
        'huggingplace.file_name': given,
        'huggingplace.message_id': given,
        'huggingplace.llm_model': given,
        [`huggingplace.metadata.${given}`]: given,
        [`huggingplace.user_metadata.${given}`]: given,
      };
      const tree = saying(
        everywhere,
        request(chat([user(given)], given), named(given, tool(given, { args: given, result: given }))),
      );
      const record = await recordOf(way, tree);
      expect(record).toMatchObject({
        user_prompt: kept,
        ai_response: kept,
        session_id: kept,
        message_id: kept,
        user_roles: [kept],
      });
      for (const text of textsIn(record)) {
        expect(text).not.toContain('\0');
        expect(text.isWellFormed()).toBe(true);
      }
    });
  });

  describe('a payload of more than maxPayloadBytes', () => {
    it('loses texts of steps first, the oldest first, as many as need be', async () => {
      const tree = request(agent('helper', ...steps(10, long(2_000)), chat(long(500), long(500))));
      const record = await recordOf(way, tree, { maxPayloadBytes: 15_000 });
      expect(bytesOf(record)).toBeLessThanOrEqual(15_000);
      expect(record).toMatchObject({ user_prompt: long(500), ai_response: long(500), metaData: { truncated: true } });
      const hasText = record.step_data?.slice(1, 11).map((step) => step['userQuestion'] !== undefined) ?? [];
      expect(hasText).toEqual([...hasText].sort());
      expect(hasText).toContain(true);
      expect(record.step_data).toHaveLength(12);
    });

    it('then prompt, answer and metadata', async () => {
      const tree = saying(
        { 'huggingplace.metadata.note': long(10_000) },
        request(chat(long(30_000), long(30_000)), tool('search')),
      );
      const record = await recordOf(way, tree, { maxPayloadBytes: 10_000 });
      expect(bytesOf(record)).toBeLessThanOrEqual(10_000);
      expect(record.user_prompt.length).toBeGreaterThan(500);
      expect(record.ai_response.length).toBeGreaterThan(500);
      expect(record.metaData).toMatchObject({ truncated: true });
    });

    const wide = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`huggingplace.metadata.key-${i}`, long(500)]),
    );
    it.each<[string, SpanTree]>([
      ['characters that JSON escapes', chat('"\n'.repeat(20_000), '\u0001'.repeat(20_000))],
      ['characters of several bytes', chat('語'.repeat(20_000), '😀'.repeat(20_000))],
      ['very many steps', request(...steps(200, 'x'), chat('?', '!'))],
      [
        'steps with long names',
        request(...Array.from({ length: 20 }, (_, i) => tool(`${i} ${long(5_000)}`)), chat('?', '!')),
      ],
      ['very much metadata', saying(wide, request(chat('?', '!')))],
      [
        'long ids',
        saying({ 'session.id': long(50_000), 'huggingplace.file_name': long(50_000) }, request(chat('?', '!'))),
      ],
      [
        'very many roles',
        saying({ 'user.roles': Array.from({ length: 5_000 }, (_, i) => `role ${i}`) }, request(chat('?', '!'))),
      ],
      [
        'very many tags',
        request(
          chat('?', '!', {
            'langfuse.trace.tags': Array.from({ length: 5_000 }, (_, i) => `tag ${i}`),
            'langfuse.observation.type': 'generation',
          }),
        ),
      ],
      ['all at once', saying(wide, request(...steps(100, long(5_000)), span('x'), chat(long(50_000), long(50_000))))],
    ])('is small enough in the end: %s', async (_, tree) => {
      const record = await recordOf(way, tree, { maxPayloadBytes: 20_000 });
      expect(bytesOf(record)).toBeLessThanOrEqual(20_000);
      expect(record).toMatchObject({
        mode: 'prod',
        metaData: { truncated: true, trace_id: expect.any(String) as string },
      });
      expect(record.message_id).toMatch(/-/);
    });

    it('is whole where the limits are raised', async () => {
      const record = await recordOf(way, chat(long(2_000_000), '!'), {
        maxFieldChars: 10_000_000,
        maxPayloadBytes: 100_000_000,
      });
      expect(record.user_prompt).toHaveLength(2_000_000);
      expect(record.metaData).not.toHaveProperty('truncated');
    });
  });
});
