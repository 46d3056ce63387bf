/** docs/troubleshooting.md is held to the code: whatever the exporter or the client says can be found there, and it quotes nothing that nobody says. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const GUIDE = read('docs/troubleshooting.md');

/** Files whose sentences are no messages: vocabularies, detectors, descriptions of metrics, the source of a worker. */
const SILENT = /\/(dialects|payload|testing)\/|\.(test|fixture)\.ts$|\/(metrics|exit-worker-source|mask|openapi)\.ts$/;
const SOURCES = ['packages/exporter/src/', 'packages/sdk/src/'].flatMap((folder) =>
  readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
    .map((file) => folder + file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !SILENT.test(file)),
);

/** A text of three words or more, with `…` for what is filled in. */
function sentencesOf(path: string): readonly string[] {
  const sentences: string[] = [];
  const look = (node: ts.Node): void => {
    if (isNoMessage(node)) return;
    const text = textOf(node);
    if (text !== undefined) sentences.push(text);
    if (text === undefined || ts.isTemplateExpression(node)) ts.forEachChild(node, look);
  };
  look(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true));
  return sentences.filter((sentence) => /[a-z]+\P{L}+[a-z]+\P{L}+[a-z]+/iu.test(sentence) && sentence.includes(' '));
}

/** Of a literal, a template or a sum of them. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

/** What an option is to be (`expected: 'a whole number'`) completes a sentence that is looked at by itself; names of keys are nobody's text. */
const isNoMessage = (node: ts.Node): boolean =>
  ts.isImportDeclaration(node) ||
  (ts.isPropertyAssignment(node) && node.name.getText() === 'expected') ||
  (ts.isCallExpression(node) && /^(createContextKey|Symbol(\.for)?)$/.test(node.expression.getText()));

/** What a reader would look for: the first clause that is one, else the longest. */
function tellingClauseOf(sentence: string): string {
  const clauses = sentence.split(/[…:;,=().\n]/).map((clause) => clause.trim());
  const longest = clauses.reduce((a, b) => (b.length > a.length ? b : a));
  return clauses.find((clause) => clause.split(' ').length >= 3) ?? longest;
}

describe.each(SOURCES)('%s', (path) => {
  it('says nothing that the guide does not explain', () => {
    expect(sentencesOf(path).filter((sentence) => !GUIDE.includes(tellingClauseOf(sentence)))).toEqual([]);
  });
});

it('quotes only what is said', () => {
  const said = [...SOURCES, 'packages/tracing/src/baggage.ts'].flatMap(sentencesOf).join('\n');
  const quotes = [...GUIDE.matchAll(/^\| (?=`|…)([^|]+) \|/gm)]
    .filter(({ index }) => headingOf(index) === 'it says')
    .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, quote = '']) => quote));
  expect(quotes.length).toBeGreaterThan(40);
  const pieces = quotes.flatMap((quote) => quote.split('…')).map((piece) => piece.trim());
  expect(pieces.filter((piece) => /[a-z] [a-z]/.test(piece) && !said.includes(piece))).toEqual([]);
});

/** Of the first column of the table that this place is in. */
const headingOf = (index: number): string | undefined =>
  /^\| ([^|]+) \|/.exec(GUIDE.slice(GUIDE.lastIndexOf('\n\n', index) + 2))?.[1];

it.each([
  ['reason of a drop', 'packages/sdk/src/account.ts', /type DropReason =([^;]+);/, /'(\w+)'/g],
  ['reason of a refused feedback', 'packages/tracing/src/feedback.ts', /type FeedbackRefusal =([^;]+);/, /'(\w+)'/g],
  ['code of an error', 'packages/sdk/src/errors.ts', /type ErrorCode =([^;]+);/, /'(\w+)'/g],
  ['class of an error', 'packages/sdk/src/errors.ts', /([^]*)/, /export class (\w+)/g],
])('explains each %s', (_, path, part, name) => {
  const names = [...(part.exec(read(path))?.[1] ?? '').matchAll(name)].map(([, found = '']) => found);
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((found) => !GUIDE.includes(`\`${found}\``))).toEqual([]);
});
