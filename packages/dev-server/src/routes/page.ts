/** The page: its files, and the addresses of its views, which are all the same document. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { getMimeType } from 'hono/utils/mime';
import type { PageAccess } from '../page-access.ts';
import { readPageFiles } from '../page-files.ts';
import { newRouter } from '../router.ts';

const VIEWS = ['/', '/interactions/:id', '/conversations', '/conversations/:id', '/dashboard'];

export function pageRoutes(access: PageAccess): OpenAPIHono {
  const router = newRouter();
  const files = readPageFiles();

  for (const view of VIEWS) {
    router.get(view, (context) => {
      const html = files.get('index.html');
      if (!html) return context.text('The page is not built: run `pnpm --filter @huggingplace/dev-server build`.', 503);
      access.admit(context);
      return context.body(html, 200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
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
