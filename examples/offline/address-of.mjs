import { on } from 'node:events';

/** Where a server that was started says that it listens. */
export async function addressOf({ stdout }) {
  let output = '';
  for await (const [piece] of on(stdout, 'data', { close: ['end'] })) {
    output += piece;
    const [url] = /http:\/\/\S+:\d+/.exec(output) ?? [];
    if (url) return url;
  }
  throw new Error(`the server ended before it listened: ${output}`);
}
