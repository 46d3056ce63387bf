/** What child processes run is the built package: it must be what its source says. */
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function expectBuilt(): void {
  const changedMs = (folder: string, isMeant: (name: string) => boolean) => {
    const path = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
    return readdirSync(path)
      .filter(isMeant)
      .map((name) => statSync(`${path}/${name}`).mtimeMs);
  };
  const newestSourceMs = Math.max(...changedMs('src', (name) => name.endsWith('.ts') && !name.endsWith('.test.ts')));
  const oldestBuiltMs = Math.min(...changedMs('dist', (name) => /^internal\.[cm]js$/.test(name)));
  if (oldestBuiltMs < newestSourceMs) throw new Error('packages/sdk has changed since it was built: run pnpm build');
}
