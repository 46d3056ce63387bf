import { describe, expect, it } from 'vitest';
import { openJson, parseCutJson } from './cut-json.ts';

const history = [
  { role: 'user', parts: [{ type: 'text', content: 'Say "hé" \\ \u0001 😀 twice' }] },
  { role: 'assistant', confidence: -1.5e3, isFinal: true, parts: [] },
];

describe('JSON that a limit cut', () => {
  it('is read from its first whole value on, wherever the cut is', () => {
    const json = JSON.stringify(history);
    const firstValue = json.indexOf('"user"') + 1;
    for (let length = firstValue; length < json.length; length++) {
      expect(parseCutJson(json.slice(0, length)), json.slice(0, length)).toBeInstanceOf(Array);
    }
  });

  it.each([
    ['[{"role":"user","content":"Is it rai', [{ role: 'user', content: 'Is it rai' }]],
    ['[{"role":"user","content":"a"},{"role":"assis', [{ role: 'user', content: 'a' }, { role: 'assis' }]],
    ['[{"role":"user","content":', [{ role: 'user' }]],
    ['[{"a":1,"b":tru', [{ a: 1 }]],
    ['["half an escape \\u00', ['half an escape ']],
    ['["half an escape \\', ['half an escape ']],
    ['["a whole escape \\\\', ['a whole escape \\']],
    ['{"text":"brackets ]} in a text', { text: 'brackets ]} in a text' }],
  ])('%s', (cut, value) => {
    expect(openJson(cut)).toEqual({ value, isCut: true });
  });

  it('is nothing where no value is whole', () => {
    expect(openJson('[{"ro')).toEqual({ value: undefined, isCut: true });
  });

  it('is told from JSON, from text and from structured values', () => {
    expect(openJson(JSON.stringify(history))).toEqual({ value: history, isCut: false });
    expect(openJson(history)).toEqual({ value: history, isCut: false });
    for (const text of ['Is it raining?', '[urgent] Is it raining?', '{name}, is it raining?', '']) {
      expect(openJson(text)).toEqual({ value: text, isCut: false });
    }
  });

  it('may be deep and long', () => {
    expect(parseCutJson(`${'['.repeat(5_000)}${'1,'.repeat(200_000)}`)).toBeInstanceOf(Array);
  });
});
