import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import { kindOf, readSpan } from './index.ts';

const step = (attributes: Record<string, unknown>) =>
  endedSpan({ attributes: { 'huggingplace.span.kind': 'step', ...attributes } });

it.each(['llm', 'agent', 'tool', 'retrieval', 'embedding', 'reranker', 'guardrail', 'step'])(
  'a step of type %s',
  (type) => {
    expect(kindOf(step({ 'huggingplace.step.type': type, 'gen_ai.operation.name': 'chat' }))).toBe(type);
  },
);

it('a step without a type, or with one that is none, is what another vocabulary knows it as', () => {
  expect(kindOf(step({}))).toBe('step');
  expect(kindOf(step({ 'huggingplace.step.type': 'chain' }))).toBe('step');
  expect(kindOf(step({ 'huggingplace.step.type': 7, 'gen_ai.operation.name': 'execute_tool' }))).toBe('tool');
});

it('a type without the mark makes no step', () => {
  expect(readSpan(endedSpan({ attributes: { 'huggingplace.step.type': 'tool' } }))).toBeUndefined();
  expect(readSpan(endedSpan({ attributes: { 'huggingplace.span.kind': 'interaction' } }))).toBeUndefined();
});

it('input and output', () => {
  const said = { 'huggingplace.step.input': 'why?', 'huggingplace.step.output': '["because"]' };
  expect(readSpan(step({ 'huggingplace.step.type': 'retrieval', ...said }))).toEqual({
    kind: 'retrieval',
    inputText: 'why?',
    outputText: '["because"]',
  });
  expect(readSpan(step(said))).toEqual({ kind: 'step', inputText: 'why?', outputText: '["because"]' });
});

it('a model call has messages, and its usage and model by the names of OpenTelemetry', () => {
  const reading = readSpan(
    step({
      'huggingplace.step.type': 'llm',
      'huggingplace.step.input': 'why?',
      'huggingplace.step.output': 'because',
      'gen_ai.request.model': 'own-model',
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.usage.output_tokens': 4,
    }),
  );
  expect(reading).toEqual({
    kind: 'llm',
    input: [{ role: 'user', parts: [{ type: 'text', text: 'why?' }] }],
    output: [{ role: 'assistant', parts: [{ type: 'text', text: 'because' }] }],
    requestModel: 'own-model',
    usage: { input: 3, output: 4 },
  });
});

it('never throws, whatever the attributes hold', () => {
  const anything = fc.dictionary(
    fc.constantFrom('huggingplace.step.type', 'huggingplace.step.input', 'huggingplace.step.output'),
    fc.oneof(fc.anything(), fc.json(), fc.constant('llm')),
  );
  fc.assert(
    fc.property(anything, (attributes) => {
      expect(readSpan(step(attributes))).toHaveProperty('kind');
    }),
  );
});
