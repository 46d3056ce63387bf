import { expect, it } from 'vitest';
import { storeRequest } from './contract.ts';
import { derive } from './derived.ts';

const derived = (metaData: Record<string, unknown>) => derive(storeRequest.parse({ org_id: 'local', metaData }));

it.each([true, 'true', 'boom', { message: 'boom' }, ['boom']])('an error of %j is a failure', (error) => {
  expect(derived({ error })).toMatchObject({ failed: true, errorType: 'unknown' });
});

it.each([undefined, null, false, '', 'false', {}, []])('an error of %j is none', (error) => {
  expect(derived({ error })).toMatchObject({ failed: false, errorType: undefined });
});

it('takes no number that no sum holds', () => {
  expect(derived({ input_tokens: 1e308, output_tokens: 3, response_time_ms: -1e308 })).toMatchObject({
    ...{ inputTokens: undefined, outputTokens: 3, responseTimeMs: undefined },
  });
});
