#!/usr/bin/env node
/** The command: flags and environment → a server that runs until it is told to stop. */
import { parseArgs } from 'node:util';
import { startDevServer } from './server.ts';

const USAGE = `huggingplace-dev-server: a HuggingPlace on your own machine

  --port <number>      default 4747; 0 picks a free one
  --host <address>     default 127.0.0.1
  --data-dir <folder>  where the rows are kept, default .huggingplace
  --api-key <key>      or HUGGINGPLACE_API_KEY, default hp_local
  --org-id <id>        or HUGGINGPLACE_ORG_ID, default local

  DATABASE_URL         a PostgreSQL server to use instead of the data directory`;

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      port: { type: 'string', default: '4747' },
      host: { type: 'string' },
      'data-dir': { type: 'string', default: '.huggingplace' },
      'api-key': { type: 'string' },
      'org-id': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (flags.help) {
    console.log(USAGE);
    return;
  }
  const databaseUrl = environment('DATABASE_URL');
  const server = await startDevServer(
    given({
      port: Number(flags.port),
      host: flags.host,
      apiKey: flags['api-key'] ?? environment('HUGGINGPLACE_API_KEY'),
      orgId: flags['org-id'] ?? environment('HUGGINGPLACE_ORG_ID'),
      databaseUrl,
      dataDir: databaseUrl === undefined ? flags['data-dir'] : undefined,
      onError: (error: unknown) => console.error(error instanceof Error ? error.message : String(error)),
    }),
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
  console.log(`listening on ${server.url}`);
}

/** Empty means unset. */
const environment = (name: string): string | undefined => process.env[name] || undefined;

/** Without the options that are not given: each then has its default. */
const given = <T extends Record<string, unknown>>(options: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;

main().catch((error: unknown) => {
  console.error(`huggingplace-dev-server: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
