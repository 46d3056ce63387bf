/** docs/mapping.md names what the code reads: a dialect that learns an attribute without saying so fails here. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { dialects } from '../../packages/exporter/src/dialects/index.ts';
import { ATTRIBUTE } from '../../packages/exporter/src/interaction/user-attributes.ts';
import { resolveOptions } from '../../packages/exporter/src/options.ts';

const ROOT = new URL('../../', import.meta.url);
const DIALECTS = new URL('packages/exporter/src/dialects/', ROOT);
const MAPPING = readFileSync(new URL('docs/mapping.md', ROOT), 'utf8');

/** They read what providers and frameworks put into a value, and name no attribute. */
const SHARED = [
  'attributes',
  'cut-json',
  'dialect',
  'index',
  'input-output',
  'message-parts',
  'messages',
  'metadata',
  'provider-response',
  'serialised-content',
  'tool-parts',
  'usage',
];
const SECTIONS: ReadonlyMap<string, string> = new Map([
  ['gen-ai-content', 'OpenTelemetry GenAI'],
  ['gen-ai-operations', 'OpenTelemetry GenAI'],
  ['gen-ai-usage', 'OpenTelemetry GenAI'],
  ['genkit', 'Genkit'],
  ['google-adk', 'Google ADK'],
  ['huggingplace', 'HuggingPlace step'],
  ['langfuse', 'Langfuse'],
  ['langsmith', 'LangSmith'],
  ['mastra', 'Mastra'],
  ['openinference', 'OpenInference'],
  ['openinference-conversation', 'OpenInference'],
  ['openinference-flattened', 'OpenInference'],
  ['openllmetry', 'OpenLLMetry'],
  ['otel-genai', 'OpenTelemetry GenAI'],
  ['strands', 'Strands Agents'],
  ['vercel-ai', 'Vercel AI SDK'],
]);

const sectionOf = (title: string): string | undefined =>
  MAPPING.split(/^### /m).find((section) => section.startsWith(`${title}\n`));

const files = readdirSync(DIALECTS)
  .filter((file) => /^[\w-]+\.ts$/.test(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((file) => !SHARED.includes(file));

/** Every text in a constant, and every other text that looks like an attribute: `llm.model_name`, `genkit:type`, `ai.usage.`. */
function wordsOf(file: string): ReadonlySet<string> {
  const text = readFileSync(new URL(`${file}.ts`, DIALECTS), 'utf8');
  const words = new Set<string>();
  const look = (node: ts.Node, isConstant: boolean): void => {
    if (ts.isImportDeclaration(node)) return;
    const isNow = isConstant || (ts.isVariableDeclaration(node) && /^[A-Z_]+$/.test(node.name.getText()));
    if (ts.isStringLiteralLike(node) && (isNow || /^[a-z][\w-]*(?:[.:][\w-]+)+[.:]?$/.test(node.text)))
      for (const word of node.text.split(' ')) words.add(word);
    ts.forEachChild(node, (child) => look(child, isNow));
  };
  look(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true), false);
  return words;
}

const escaped = (word: string): string => word.replaceAll(/[^\w ]/g, '\\$&');

/** As a word of its own: `ai.prompt` is not named by `ai.prompt.messages`. What ends in a dot is the beginning of many. */
const names = (text: string, word: string): boolean =>
  /[.:]$/.test(word) ? text.includes(word) : new RegExp(`(?<!\\w)${escaped(word)}(?!\\w|[.:]\\w)`).test(text);

describe.each(files)('dialects/%s.ts', (file) => {
  it('names no attribute and no kind that its section does not', () => {
    const section = sectionOf(SECTIONS.get(file) ?? '');
    expect(section, `docs/mapping.md has a section for ${file}.ts`).toBeDefined();
    expect([...wordsOf(file)].filter((word) => !names(section ?? '', word))).toEqual([]);
  });
});

it('has a section for each dialect', () => {
  const titles = dialects.map(({ name }) => name).filter((name) => name !== 'HuggingPlace step without a type');
  expect(titles.filter((name) => sectionOf(name) === undefined)).toEqual([]);
});

it('names each attribute that users set', () => {
  expect(Object.values(ATTRIBUTE).filter((key) => !MAPPING.includes(`\`${key}\``))).toEqual([]);
});

it('names each key of metaData that is ours', () => {
  const translate = readFileSync(new URL('packages/exporter/src/payload/translate.ts', ROOT), 'utf8');
  const reserved = /RESERVED = new Set\(\s*`([^`]+)`/.exec(translate)?.[1]?.split(/\s+/) ?? [];
  expect(reserved).toContain('trace_id');
  expect(reserved.filter((key) => !MAPPING.includes(`\`${key}\``))).toEqual([]);
});

const UNIT_MS = { ms: 1, s: 1_000, min: 60_000 };

it.each(Object.entries(resolveOptions({}, {}).waits))('says how long %s is', (name, ms) => {
  const rows = [...MAPPING.matchAll(new RegExp(`\\| \`${name}\` \\| (\\d+) (ms|s|min)\\b`, 'g'))];
  expect(rows).not.toEqual([]);
  for (const [, count, unit] of rows) expect(Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]).toBe(ms);
});
