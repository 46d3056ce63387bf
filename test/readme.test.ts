/** What README.md promises is there: files, commands, and every option and variable that the code knows. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import ts from 'typescript';

const ROOT = new URL('../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');
const readme = read('README.md');

it('links to files that exist', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, file = '']) => file);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([]);
});

it('names scripts that exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name);
  expect(named).toEqual(['quickstart', 'ci']);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});

it.each(['packages/exporter/src/options.ts', 'packages/sdk/src/options.ts'])('says every option of %s', (file) => {
  const table = readme.slice(readme.indexOf('### Options'), readme.indexOf('## When nothing arrives'));
  const options = membersOf(read(file), /Options$/);
  expect(options.length).toBeGreaterThan(10);
  expect(options.filter((option) => !new RegExp(`\`${option}[(\`]`).test(table))).toEqual([]);
  const variables = [...new Set(read(file).match(/HUGGINGPLACE_[A-Z_]+/g))];
  expect(variables.filter((variable) => !table.includes(`\`${variable}\``))).toEqual([]);
});

/** Fields of the interfaces with such a name. */
function membersOf(code: string, name: RegExp): string[] {
  const { statements } = ts.createSourceFile('options.ts', code, ts.ScriptTarget.Latest);
  return statements
    .filter(ts.isInterfaceDeclaration)
    .filter((declaration) => name.test(declaration.name.text))
    .flatMap(({ members }) => members)
    .flatMap(({ name }) => (name !== undefined && ts.isIdentifier(name) ? name.text : []));
}
