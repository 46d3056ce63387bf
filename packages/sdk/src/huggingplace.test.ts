import { describe, expect, it } from 'vitest';
import { HuggingPlace } from './huggingplace.ts';
import { Backend } from './testing/backend.ts';

const OPTIONS = { apiKey: 'hp-canary-4f1d9e', orgId: 7 };

describe('log', () => {
  it('posts the contract’s fields', async () => {
    await using backend = await Backend.start();
    const client = new HuggingPlace({ ...OPTIONS, baseUrl: backend.url });
    await client.log({ userPrompt: 'Why?', response: 'Because.', userId: 3, metadata: { likes: 1 } });
    expect(backend.bodies).toEqual([
      {
        user_prompt: 'Why?',
        ai_response: 'Because.',
        user_uuid: '3',
        metaData: { likes: 1 },
        message_id: expect.any(String) as string,
        mode: 'prod',
        org_id: 7,
      },
    ]);
    expect(await client.shutdown()).toBe(true);
  });
});
