/** The page: files that the build made, held in memory. Every address that is none of a file's is the page's own to read. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { getMimeType } from 'hono/utils/mime';
import type { PageAccess } from '../page-access.ts';
import { newRouter } from '../router.ts';

/** From the sources and from the build alike. */
const PAGE = new URL('../dist/page/', import.meta.url);
/** Views with an address of their own. */
const VIEWS = ['/', '/interactions/:id', '/conversations', '/conversations/:id', '/dashboard'];

export function pageRoutes(access: PageAccess): OpenAPIHono {
  const router = newRouter();
  const files = readFiles(PAGE);

  for (const view of VIEWS) {
    router.get(view, (context) => {
      const html = files.get('index.html');
      if (!html) return context.text('The page is not built: run `pnpm --filter @huggingplace/dev-server build`.', 503);
      access.admit(context);
      context.header('Cache-Control', 'no-store');
      return context.body(html, 200, { 'Content-Type': 'text/html; charset=utf-8' });
    });
  }
  for (const [name, content] of files) {
    if (name === 'index.html') continue;
    const type = getMimeType(name) ?? 'application/octet-stream';
    // Names of assets carry a digest of what is in them.
    const caching = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    router.get(`/${name}`, (context) => context.body(content, 200, { 'Content-Type': type, 'Cache-Control': caching }));
  }
  return router;
}

function readFiles(directory: URL): Map<string, Uint8Array<ArrayBuffer>> {
  let entries;
  try {
    entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch {
    return new Map();
  }
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [
          path.relative(fileURLToPath(directory), file).replaceAll(path.sep, '/'),
          new Uint8Array(readFileSync(file)),
        ];
      }),
  );
}
