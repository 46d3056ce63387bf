import { describe, expect, it } from 'vitest';
import { normaliseUsage, readUsage, type ReportedUsage } from './usage.ts';

describe('normaliseUsage', () => {
  it.each<[of: string, given: ReportedUsage, provider: string | undefined, input: number, output: number]>([
    ['counts that add up', { input: 100, output: 20, total: 120, cacheRead: 64, reasoning: 8 }, 'openai', 100, 20],
    ['a sum that is missing', { input: 100, output: 20, cacheRead: 64 }, 'anthropic', 100, 20],
    ['cached tokens apart, as the sum tells', { input: 80, output: 20, total: 120, cacheRead: 20 }, undefined, 100, 20],
    [
      'read and written ones apart',
      { input: 80, output: 20, total: 130, cacheRead: 20, cacheWrite: 10 },
      undefined,
      110,
      20,
    ],
    ['reasoning apart', { input: 100, output: 20, total: 128, reasoning: 8 }, undefined, 100, 28],
    ['both apart', { input: 80, output: 20, total: 128, cacheRead: 20, reasoning: 8 }, undefined, 100, 28],
    ['a rest that Google thought', { input: 100, output: 20, total: 150 }, 'gcp.gemini', 100, 50],
    ['a rest that Anthropic cached', { input: 100, output: 20, total: 150 }, 'anthropic', 130, 20],
    ['a rest that Bedrock cached', { input: 100, output: 20, total: 150 }, 'aws.bedrock', 130, 20],
    ['a rest of an unknown kind', { input: 100, output: 20, total: 150 }, 'openai', 100, 20],
    [
      'cached tokens that the dialect knows apart',
      { input: 36, output: 20, cacheRead: 60, cacheWrite: 4, inputExcludesCache: true },
      undefined,
      100,
      20,
    ],
    [
      'reasoning that the dialect knows apart',
      { input: 100, output: 20, reasoning: 8, outputExcludesReasoning: true },
      undefined,
      100,
      28,
    ],
    [
      'cached tokens that were read left out, and those written counted',
      { input: 10, output: 5, cacheRead: 4, cacheWrite: 3, total: 19 },
      undefined,
      14,
      5,
    ],
    ['more cached tokens than input', { input: 14, output: 20, cacheRead: 86 }, undefined, 100, 20],
    ['a sum that is less than its parts', { input: 100, output: 20, total: 20 }, 'anthropic', 100, 20],
  ])('%s', (_of, given, provider, input, output) => {
    expect(normaliseUsage(given, provider)).toMatchObject({ input, output });
  });

  it('keeps what is known, and invents nothing', () => {
    expect(normaliseUsage({ total: 120 })).toEqual({ total: 120 });
    expect(normaliseUsage({ input: 0, cacheRead: 0 })).toEqual({ input: 0, cachedInput: 0 });
    expect(normaliseUsage({ output: 20, reasoning: 8, cacheWrite: 5 })).toEqual({ output: 20, reasoning: 8 });
    expect(normaliseUsage({})).toBeUndefined();
  });
});

describe('readUsage', () => {
  it.each<[of: string, given: unknown, reported: ReportedUsage]>([
    [
      'OpenAI chat',
      {
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 64, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 8 },
      },
      { input: 100, output: 20, total: 120, cacheRead: 64, reasoning: 8 },
    ],
    [
      'OpenAI Responses',
      {
        input_tokens: 100,
        output_tokens: 20,
        total_tokens: 120,
        input_tokens_details: { cached_tokens: 64 },
        output_tokens_details: { reasoning_tokens: 8 },
      },
      { input: 100, output: 20, total: 120, cacheRead: 64, reasoning: 8 },
    ],
    [
      'Anthropic',
      { input_tokens: 36, cache_read_input_tokens: 64, cache_creation_input_tokens: 10, output_tokens: 20 },
      { input: 36, output: 20, cacheRead: 64, cacheWrite: 10 },
    ],
    [
      'Gemini',
      {
        promptTokenCount: 90,
        toolUsePromptTokenCount: 10,
        candidatesTokenCount: 20,
        thoughtsTokenCount: 8,
        cachedContentTokenCount: 64,
        totalTokenCount: 128,
      },
      { input: 100, output: 20, total: 128, cacheRead: 64, reasoning: 8 },
    ],
    [
      'Bedrock Converse',
      { inputTokens: 36, outputTokens: 20, totalTokens: 130, cacheReadInputTokens: 64, cacheWriteInputTokens: 10 },
      { input: 36, output: 20, total: 130, cacheRead: 64, cacheWrite: 10 },
    ],
    ['Titan', { inputTextTokenCount: 6, embedding: [0.1] }, { input: 6 }],
    ['Llama', { generation: 'x', prompt_token_count: 100, generation_token_count: 20 }, { input: 100, output: 20 }],
    [
      'LangChain',
      {
        input_tokens: 100,
        output_tokens: 20,
        total_tokens: 120,
        input_token_details: { audio: 0, cache_read: 64, cache_creation: 10 },
        output_token_details: { reasoning: 8 },
      },
      { input: 100, output: 20, total: 120, cacheRead: 64, cacheWrite: 10, reasoning: 8 },
    ],
    ["Vercel's AI SDK 4", { promptTokens: 100, completionTokens: NaN }, { input: 100 }],
    ['counts as text', { input: '100', output: '20' }, { input: 100, output: 20 }],
  ])('of %s', (_of, given, reported) => {
    expect(readUsage(given)).toEqual(reported);
  });

  it.each([
    [undefined],
    [null],
    ['12'],
    [12],
    [[12]],
    [{}],
    [{ input: -1, output: 'many', total: Infinity }],
    [{ input_tokens: {} }],
  ])('is unknown of %o', (given) => {
    expect(readUsage(given)).toBeUndefined();
  });

  it('takes details of a wrong type for none', () => {
    expect(readUsage({ input_tokens: 1, input_tokens_details: 'none', prompt_tokens_details: [7] })).toEqual({
      input: 1,
    });
  });
});
