import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startActiveStep } from './index.ts';
import { registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

describe('startActiveStep', () => {
  it('marks its span, with type, input, model and output', () => {
    startActiveStep('search', { type: 'retrieval', input: { query: 'q' }, model: 'm' }, () => [{ title: 'doc' }]);
    expect(sdk.span('search').attributes).toEqual({
      'huggingplace.span.kind': 'step',
      'huggingplace.step.type': 'retrieval',
      'huggingplace.step.input': '{"query":"q"}',
      'huggingplace.step.output': '[{"title":"doc"}]',
      'gen_ai.request.model': 'm',
    });
  });
});
