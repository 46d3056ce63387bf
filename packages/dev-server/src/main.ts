#!/usr/bin/env node
/** The command: flags and environment → a server that runs until it is told to stop. */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseAlertRule } from './alerts.ts';
import type { DevServerOptions } from './options.ts';
import { startDevServer } from './server.ts';

const USAGE = `huggingplace-dev-server: a HuggingPlace on your own machine

  --port <number>           default 4747; 0 picks a free one
  --host <address>          default 127.0.0.1; another one needs an API key of your own
  --allowed-host <name>     a further name that the server goes by (may be repeated)
  --data-dir <folder>       where the rows are kept, default .huggingplace
  --api-key <key>           or HUGGINGPLACE_API_KEY, default hp_local
  --org-id <id>             or HUGGINGPLACE_ORG_ID, default local

  --fail <faults>           fail on purpose, each with a share of the requests: 503:0.3,429:0.1,hang:0.05
                            (any status from 400 to 599, hang, reset, lost: stored, but the answer never comes)
  --latency <ms>[-<ms>]     hold each answer back
  --record <file>           append what arrives, one JSON a line

  --alert <rule>            metric>threshold/seconds, instead of the default rules (may be repeated)
  --alert-webhook <url>     told when a rule begins or ceases to hold (may be repeated), signed with
                            HUGGINGPLACE_ALERT_SECRET

  DATABASE_URL              a PostgreSQL server to use instead of the data directory`;

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      port: { type: 'string', default: '4747' },
      host: { type: 'string' },
      'allowed-host': { type: 'string', multiple: true },
      'data-dir': { type: 'string', default: '.huggingplace' },
      'api-key': { type: 'string' },
      'org-id': { type: 'string' },
      fail: { type: 'string' },
      latency: { type: 'string' },
      record: { type: 'string' },
      alert: { type: 'string', multiple: true },
      'alert-webhook': { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (flags.help) {
    console.log(USAGE);
    return;
  }
  const databaseUrl = environment('DATABASE_URL');
  const { record } = flags;
  const server = await startDevServer(
    withoutUndefined({
      port: Number(flags.port),
      host: flags.host,
      allowedHosts: flags['allowed-host'],
      apiKey: flags['api-key'] ?? environment('HUGGINGPLACE_API_KEY'),
      orgId: flags['org-id'] ?? environment('HUGGINGPLACE_ORG_ID'),
      databaseUrl,
      dataDir: databaseUrl === undefined ? flags['data-dir'] : undefined,
      fail: flags.fail,
      latencyMs: flags.latency === undefined ? undefined : latency(flags.latency),
      // Written before the next request is looked at: a recording that lacks the last line before a crash is of no use.
      onReceived:
        record === undefined ? undefined : (request) => appendFileSync(record, `${JSON.stringify(request)}\n`),
      alertRules: flags.alert?.map(parseAlertRule),
      webhooks: flags['alert-webhook']?.map((url) => ({ url, secret: environment('HUGGINGPLACE_ALERT_SECRET') ?? '' })),
      onError: (error) => console.error(error instanceof Error ? error.message : String(error)),
    }),
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
  console.log(`listening on ${server.url}`);
}

/** Empty means unset. */
const environment = (name: string): string | undefined => process.env[name] || undefined;

function latency(text: string): [least: number, most: number] {
  const [least = NaN, most = least] = text.split('-').map(Number);
  return [least, most];
}

type Given = { [Key in keyof DevServerOptions]: DevServerOptions[Key] | undefined };
/** What is not given has its default. */
const withoutUndefined = (options: Given): DevServerOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

main().catch((error: unknown) => {
  console.error(`huggingplace-dev-server: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
