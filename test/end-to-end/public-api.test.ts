/** The packages as they are published: what they offer, what they need, and what they do to a process that loads them. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { runNode } from './run-node.ts';

const PACKAGES = new URL('../../packages/', import.meta.url);
const PROBE = fileURLToPath(new URL('import-probe.mjs', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly sideEffects?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const read = (folder: string, file: string): string => readFileSync(new URL(`${folder}/${file}`, PACKAGES), 'utf8');
const packages = readdirSync(PACKAGES)
  // They were written by hand, and are read by npm in the same way.
  .map((folder) => ({ folder, manifest: JSON.parse(read(folder, 'package.json')) as Manifest }))
  .map(({ folder, manifest }) => ({ folder, manifest, name: manifest.name }));

describe.each(packages.filter(({ manifest }) => manifest.exports?.['.'] !== undefined))('$name', ({ folder }) => {
  // Taking a name away breaks whoever uses it, and a new one is a promise: both should be meant. `pnpm test -u` writes the list anew.
  it('exports the names in its list', async () => {
    await expect(namesIn(read(folder, 'src/index.ts'))).toMatchFileSnapshot(`public-api/${folder}.txt`);
  });
});

describe.each(packages)('$name', ({ folder, manifest }) => {
  it('needs no OpenTelemetry SDK, and nothing that it does not declare', () => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(declared.filter(isOfOpenTelemetrySdk)).toEqual([]);
    const built = readdirSync(new URL(`${folder}/dist/`, PACKAGES)).filter((file) => /\.[cm]js$/.test(file));
    expect(built).not.toEqual([]);
    const imported = new Set(built.flatMap((file) => packagesImportedBy(read(folder, `dist/${file}`))));
    expect([...imported].filter((name) => !declared.includes(name))).toEqual([]);
  });
});

const ways = packages
  .filter(({ manifest }) => manifest.sideEffects === false)
  .flatMap(({ name }) => [
    { name, how: 'import' },
    { name, how: 'require' },
  ]);
const NOTHING = { globals: [], listeners: [], resources: [] };

describe.each(ways)('$how of $name', ({ name, how }) => {
  it('prints, starts and registers nothing', async () => {
    const { code, stdout, stderr } = await runNode([PROBE, name, how]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(NOTHING);
  });
});

it('huggingPlace() and an exporter start nothing before the first span', async () => {
  const { stdout, stderr } = await runNode([PROBE, '@huggingplace/opentelemetry-exporter', 'import', 'construct']);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(NOTHING);
});

/** One a line: values, then types. */
function namesIn(index: string): string {
  const { statements } = ts.createSourceFile('index.ts', index, ts.ScriptTarget.Latest);
  const [values, types]: [string[], string[]] = [[], []];
  for (const { isTypeOnly, exportClause } of statements.filter(ts.isExportDeclaration)) {
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) throw new Error('an index is a list of names');
    for (const element of exportClause.elements)
      (isTypeOnly || element.isTypeOnly ? types : values).push(element.name.text);
  }
  return [...values.sort(), ...types.sort().map((name) => `type ${name}`), ''].join('\n');
}

/** Without Node's own modules and neighbouring files. */
const packagesImportedBy = (code: string): string[] =>
  ts
    .preProcessFile(code, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);

const isOfOpenTelemetrySdk = (name: string): boolean =>
  name.startsWith('@opentelemetry/') && name !== '@opentelemetry/api' && name !== '@opentelemetry/semantic-conventions';
