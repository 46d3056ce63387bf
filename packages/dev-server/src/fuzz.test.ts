/**
 * Whatever arrives is answered, and never with the server's own failure. A thousand requests here; for a long run on another seed, or against a server that is
 * started with other flags: `FUZZ_REQUESTS=100000 FUZZ_SEED=2 FUZZ_URL=http://127.0.0.1:4747 npx vitest run packages/dev-server/src/fuzz.test.ts`
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { seededRandom } from './testing/example-interactions.ts';
import { type HostileRequest, HostileRequests } from './testing/hostile-requests.ts';

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const AT_ONCE = 16;

let server: DevServer | undefined;
let url: string;
const errors: unknown[] = [];
beforeAll(async () => {
  if (process.env['FUZZ_URL'] === undefined) server = await startDevServer({ onError: (error) => errors.push(error) });
  url = server?.url ?? process.env['FUZZ_URL'] ?? '';
});
afterAll(() => server?.close());

it(
  'answers hostile requests with anything but a failure of its own',
  async () => {
    const cookie = (await fetch(url)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const requests = new HostileRequests({ random: seededRandom(SEED), apiKey: server?.apiKey ?? 'hp_local', cookie });
    const statuses = new Map<number, number>();
    const failures: { status: number; request: HostileRequest }[] = [];
    let left = REQUESTS;
    const send = async (): Promise<void> => {
      while (left-- > 0) {
        const { address, ...request } = requests.next();
        const response = await fetch(url + address, request);
        await response.arrayBuffer();
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        if (response.status >= 500 && response.status !== 503)
          failures.push({ status: response.status, request: { address, ...request } });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, send));
    expect(failures.slice(0, 3)).toEqual([]);
    expect(errors).toEqual([]);
    // Many are right, so that the wrong ones come upon something.
    expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 5);
    expect(statuses.get(400)).toBeGreaterThan(REQUESTS / 20);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    if (process.env['FUZZ_REQUESTS'] !== undefined) console.log(Object.fromEntries(statuses));
  },
  60_000 + REQUESTS * 100,
);
