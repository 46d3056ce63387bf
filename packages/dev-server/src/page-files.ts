/** What the build made of the page (`src/page`), held in memory. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The same place from this file and from the built one, `dist/server-….mjs`. */
const DIRECTORY = fileURLToPath(new URL('../dist/page/', import.meta.url));

/** Contents by the name in an address; empty when the page is not built. */
export function readPageFiles(): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  let entries;
  try {
    entries = readdirSync(DIRECTORY, { recursive: true, withFileTypes: true });
  } catch {
    return new Map();
  }
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(
    files.map((file) => [path.relative(DIRECTORY, file).replaceAll(path.sep, '/'), new Uint8Array(readFileSync(file))]),
  );
}
