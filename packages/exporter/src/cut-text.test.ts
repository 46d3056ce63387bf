/** Plain text that the SDK's limit cut does not show it: its length does, where the environment says the limit. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DiagLines } from '../../sdk/src/testing/diag.ts';
import { resolveOptions } from './options.ts';
import { BOTH_WAYS, recordsOf } from './testing/application.ts';
import { span, type SpanTree } from './testing/span-tree.ts';

const SPAN = 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT';
const ALL = 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT';

/** As OpenInference flattens it: the texts are plain. */
const asked = (question: string): SpanTree => ({
  ...span('call'),
  attributes: {
    'openinference.span.kind': 'LLM',
    'llm.model_name': 'gpt-5',
    'llm.input_messages.0.message.role': 'user',
    'llm.input_messages.0.message.content': question,
    'llm.output_messages.0.message.role': 'assistant',
    'llm.output_messages.0.message.content': 'because',
  },
});

it.each([
  [{}, undefined],
  [{ [ALL]: '100' }, 100],
  [{ [ALL]: '100', [SPAN]: '50' }, 50],
  [{ [ALL]: '100', [SPAN]: ' ' }, 100],
  [{ [SPAN]: 'many' }, undefined],
  [{ [SPAN]: 'Infinity' }, undefined],
  [{ [SPAN]: '0' }, undefined],
])('%j is a limit of %s', (env, limit) => {
  expect(resolveOptions({}, env).attributeValueLengthLimit).toBe(limit);
});

describe.each(BOTH_WAYS)('%s', (way) => {
  afterEach(() => vi.unstubAllEnvs());

  it('a text of exactly the limit is marked, and one hint names the limit', async () => {
    vi.stubEnv(SPAN, '50');
    using said = new DiagLines();
    const records = await recordsOf(way, [asked('q'.repeat(60)), asked('r'.repeat(60))]);
    expect(records).toMatchObject([
      { user_prompt: 'q'.repeat(50), metaData: { truncated: true } },
      { user_prompt: 'r'.repeat(50), metaData: { truncated: true } },
    ]);
    expect(said.lines.filter((line) => line.includes('end at 50 characters'))).toHaveLength(1);
  });

  it('a shorter one is whole', async () => {
    vi.stubEnv(SPAN, '50');
    const [record] = await recordsOf(way, [asked('q'.repeat(49))]);
    expect(record?.metaData).not.toHaveProperty('truncated');
  });
});
