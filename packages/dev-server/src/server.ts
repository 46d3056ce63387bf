/** Puts the parts together: database, app, alerts, socket. */
import path from 'node:path';
import { Alerts } from './alerts.ts';
import { createApp } from './app.ts';
import { Authorization } from './authorization.ts';
import { DashboardStore } from './dashboard-store.ts';
import type { Database } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { type FaultSettings, parseFaults } from './faults.ts';
import { isLoopback } from './guard.ts';
import { listen } from './http-server.ts';
import { LiveFeed } from './live.ts';
import { migrate } from './migrate.ts';
import { type DevServerOptions, resolveOptions, type Settings } from './options.ts';
import { PageAccess } from './page-access.ts';
import { PageStore } from './page-store.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import { InteractionStore } from './store.ts';
import { Telemetry } from './telemetry.ts';
import { TraceStore } from './trace-store.ts';
import { WebhookSender } from './webhooks.ts';

export interface DevServer {
  /** `http://127.0.0.1:<port>`: the base URL of the API, and the page's address. */
  readonly url: string;
  readonly apiKey: string;
  readonly orgId: string;
  /** The tables themselves, for whoever wants to look behind the API. */
  readonly database: Pick<Database, 'query'>;
  /** Changes the faults from now on, in the form of the option `fail`; `''` ends them. */
  fail(faults: string): void;
  /** Ends open connections, then the database. */
  close(): Promise<void>;
}

const ALERT_INTERVAL_MS = 5_000;
const CATCH_UP_INTERVAL_MS = 10_000;
/** A database that takes longer to say `1` is as good as none. */
const PROBE_TIMEOUT_MS = 2_000;

/** @throws if an option is wrong, the data directory is in use, the database cannot be reached, or the port is taken. */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const settings = resolveOptions(options);
  /** What was opened, to be closed in the opposite order. */
  const opened: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      for (const part of opened.reverse()) await part();
    })());
  try {
    const database = await openDatabase(settings, opened);
    await migrate(database);
    const isDatabaseUp = () => answersInTime(database);
    const telemetry = new Telemetry(settings.now);
    const alerts = new Alerts(settings.alertRules, telemetry, isDatabaseUp);
    const live = new LiveFeed();
    telemetry.gauge('database_up', 'Whether the database answers', async () => ((await isDatabaseUp()) ? 1 : 0));
    telemetry.gauge('open_pages', 'Pages that listen for changes', () => live.size);
    telemetry.gauge('alerts_firing', 'Alert rules that hold', () => alerts.firing.length);
    watchAlerts({ alerts, telemetry, settings, opened });

    const dashboard = new DashboardStore(database);
    const organisations = { [settings.apiKey]: settings.orgId, ...settings.organisations };
    catchUpNowAndThen(dashboard, new Set(Object.values(organisations)), opened);

    const faults: FaultSettings = { faults: settings.fail, latencyMs: settings.latencyMs };
    const authorization = new Authorization(organisations);
    const app = createApp({
      settings,
      authorization,
      access: new PageAccess(authorization, isLoopback(settings.host)),
      store: new InteractionStore(database),
      traces: new TraceStore(database),
      page: new PageStore(database),
      ...{ dashboard, alerts, live, telemetry, isDatabaseUp, now: settings.now, onError: settings.onError },
      faults: () => faults,
    });
    const http = await listen(app, settings);
    opened.push(() => http.close());
    return {
      url: http.url,
      apiKey: settings.apiKey,
      orgId: settings.orgId,
      database,
      fail: (text) => {
        faults.faults = parseFaults(text);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(
  { databaseUrl, dataDir }: Settings,
  opened: (() => Promise<void> | void)[],
): Promise<Database> {
  if (databaseUrl === undefined && dataDir !== undefined) {
    const lock = await lockDirectory(dataDir);
    opened.push(() => lock.release());
  }
  const database =
    databaseUrl === undefined
      ? await openPglite(dataDir && path.join(dataDir, 'postgres'))
      : await openPostgres(databaseUrl);
  opened.push(() => database.close());
  return database;
}

/** Never rejects. */
async function answersInTime(database: Database): Promise<boolean> {
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    deadline = setTimeout(resolve, PROBE_TIMEOUT_MS, false);
  });
  const answered = database.query('SELECT 1').then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(deadline));
}

function watchAlerts(parts: {
  alerts: Alerts;
  telemetry: Telemetry;
  settings: Settings;
  opened: (() => void)[];
}): void {
  const { alerts, telemetry, settings, opened } = parts;
  const sender = new WebhookSender({
    webhooks: settings.webhooks,
    now: settings.now,
    onOutcome: (outcome) => telemetry.webhookDelivered(outcome),
  });
  const timer = setInterval(() => {
    void alerts.evaluate(settings.now()).then(async (changes) => {
      for (const change of changes) await sender.send(change);
    });
  }, ALERT_INTERVAL_MS);
  opened.push(() => {
    clearInterval(timer);
    sender.close();
  });
}

/** Never more than one at a time. A database that is away says so to whoever asks it for something. */
function catchUpNowAndThen(dashboard: DashboardStore, orgIds: ReadonlySet<string>, opened: (() => void)[]): void {
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void dashboard
      .catchUp(orgIds)
      .catch(() => undefined)
      .finally(() => {
        isBusy = false;
      });
  }, CATCH_UP_INTERVAL_MS);
  opened.push(() => clearInterval(timer));
}
