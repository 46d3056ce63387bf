/** docs/api says what the doc comments say: whoever changes one runs `pnpm docs:api`. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const API = join(ROOT, 'docs/api');
const run = promisify(execFile);

const pagesIn = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .sort()
      .map((file) => [file, readFileSync(join(directory, file), 'utf8')]),
  );

it('is what `pnpm docs:api` makes', { timeout: 180_000 }, async () => {
  const made = mkdtempSync(join(tmpdir(), 'hp-api-'));
  try {
    const typedoc = join(ROOT, 'node_modules/typedoc/bin/typedoc');
    await run(process.execPath, [typedoc, '--options', 'docs/typedoc.json', '--out', made], { cwd: ROOT });
    expect(pagesIn(API)).toEqual(pagesIn(made));
  } finally {
    rmSync(made, { recursive: true });
  }
});

it('has a page for each package that is published', () => {
  const names = readdirSync(join(ROOT, 'packages')).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8')) as {
      name: string;
      exports?: Record<string, unknown>;
    };
    return manifest.exports?.['.'] === undefined ? undefined : manifest.name;
  });
  const missing = names.filter((name) => name !== undefined && !existsSync(join(API, `${name}.md`)));
  expect(missing).toEqual([]);
});
