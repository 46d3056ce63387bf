/** docs/reliability.md says what the code does: every reason for a drop, every option's default, every inner limit's number, and no other. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../packages/exporter/src/options.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/reliability.md');

/** Cells of the rows below that head. */
const rowsBelow = (head: string): readonly (readonly string[])[] =>
  page
    .slice(page.indexOf(head))
    .split('\n\n', 1)
    .flatMap((table) => table.split('\n').slice(2))
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const nameIn = (cell = ''): string => /`(\w+)`/.exec(cell)?.[1] ?? '';
const numberIn = (cell = ''): number => {
  const [, digits = '', unit = ''] = /^([\d,]+)(?: (MiB|h))?$/.exec(cell) ?? [];
  return Number(digits.replaceAll(',', '')) * ({ MiB: 2 ** 20, h: 3_600_000 }[unit] ?? 1);
};

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
}

/** The members of a union of texts. */
function unionIn(path: string, name: string): readonly string[] {
  const declared = parse(path)
    .statements.filter(ts.isTypeAliasDeclaration)
    .find((found) => found.name.text === name);
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) texts.push(node.literal.text);
    else ts.forEachChild(node, visit);
  };
  if (declared !== undefined) visit(declared.type);
  return texts;
}

/** A constant that is written as a product of numbers. */
function constantIn(path: string, name: string): number {
  for (const statement of parse(path).statements.filter(ts.isVariableStatement))
    for (const { name: declared, initializer } of statement.declarationList.declarations)
      if (declared.getText() === name && initializer !== undefined)
        return initializer
          .getText()
          .split('*')
          .reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1);
  throw new Error(`Expected a constant ${name} in ${path}, got none`);
}

describe('docs/reliability.md', () => {
  const reasons = rowsBelow('| reason | when |');

  it('names every reason for a drop', () => {
    const inCode = unionIn('packages/sdk/src/account.ts', 'DropReason');
    expect(inCode.length).toBeGreaterThan(10);
    expect(reasons.map(([cell]) => nameIn(cell)).sort()).toEqual([...inCode].sort());
  });

  it('tells those that somebody chose from losses', () => {
    const chosen = reasons.filter(([, , isChosen]) => isChosen === 'yes').map(([cell]) => nameIn(cell));
    expect(chosen.sort()).toEqual([...unionIn('packages/sdk/src/account.ts', 'ChosenReason')].sort());
  });

  const { waits, ...settings } = resolveOptions({}, {});
  const limits = Object.entries({ ...settings, ...waits }).filter(([, value]) => typeof value === 'number');

  it('names every option that is a limit, with its default', () => {
    const said = rowsBelow('| option | default |').map(([option, byDefault]) => [nameIn(option), numberIn(byDefault)]);
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(limits));
  });

  it.each(rowsBelow('| limit | is |'))('says what the inner limit %s is', (limit, is, where) => {
    expect(numberIn(is)).toBe(constantIn(/`([^`]+)`/.exec(where)?.[1] ?? '', nameIn(limit)));
  });
});
