/** The tables of options in the READMEs say what `options.ts` does: every option, its variables and its default, and no other. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../packages/exporter/src/options.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** A row may hold several options, their defaults in the same order. */
interface Row {
  readonly names: readonly string[];
  readonly variables: readonly string[];
  readonly defaults: readonly string[];
}

const rowsOf = (markdown: string): readonly Row[] =>
  markdown
    .slice(markdown.indexOf('| option | environment | default |'))
    .split('\n\n', 1)
    .flatMap((table) => table.trim().split('\n').slice(2))
    .map((row) => {
      const [, options = '', environment = '', defaults = ''] = row.split(/ ?\| ?/);
      const names = [...options.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name ?? '');
      return { names, variables: variablesIn(environment), defaults: defaults.split(names.length > 1 ? ' · ' : '\n') };
    });

const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(/`([A-Z][A-Z_]{3,}[A-Z])`/g)].map(([, name]) => name ?? '');

/** The options of an interface, by name, each with its doc comment. */
function documented(path: string, name: string): ReadonlyMap<string, string> {
  const text = read(path);
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const declared = source.statements.filter(ts.isInterfaceDeclaration).find((found) => found.name.text === name);
  return new Map(
    declared?.members.filter(ts.isPropertySignature).map((member) => {
      const comments = ts.getLeadingCommentRanges(text, member.getFullStart()) ?? [];
      return [member.name.getText(source), comments.map(({ pos, end }) => text.slice(pos, end)).join()];
    }),
  );
}

const options = new Map([
  ...documented('packages/sdk/src/options.ts', 'DeliveryOptions'),
  ...documented('packages/exporter/src/options.ts', 'HuggingPlaceOptions'),
]);
const { waits, ...settings } = resolveOptions({}, {});
const defaults = new Map<string, unknown>(Object.entries({ ...settings, ...waits }));

/** `10,000 an attempt`, `64 MiB`, `24 h`. */
function numberIn(text: string): number {
  const [, digits = '', unit = ''] = /([\d,]+)(?: (MiB|h)\b)?/.exec(text) ?? [];
  return Number(digits.replaceAll(',', '')) * ({ MiB: 2 ** 20, h: 3_600_000 }[unit] ?? 1);
}

describe.each(['README.md', 'packages/exporter/README.md'])('%s', (path) => {
  const rows = rowsOf(read(path));

  it('names each option once', () => {
    expect(rows.flatMap(({ names }) => names).sort()).toEqual([...options.keys()].sort());
  });

  it.each(rows)('$names', (row) => {
    const comments = row.names.map((name) => options.get(name) ?? '');
    expect([...row.variables].sort()).toEqual(comments.flatMap(variablesIn).sort());
    for (const [i, name] of row.names.entries()) {
      const byDefault = defaults.get(name);
      const said = row.defaults[i] ?? '';
      if (typeof byDefault === 'number') expect(numberIn(said)).toBe(byDefault);
      else if (typeof byDefault === 'boolean' || typeof byDefault === 'string') expect(said).toContain(`${byDefault}`);
    }
  });
});
