#!/usr/bin/env node
// Scores the exporter against recordings of real instrumentations: every recording is replayed
// through a real OpenTelemetry SDK with the exporter registered, and the payloads that reach a local
// HTTP endpoint are compared with what really happened on the wire ("truth").
//
//   node score-recordings.mjs [RECORDINGS_DIR] [--project DIR] [--mode full|exporter] [--only SUBSTRING] [--verbose] [--json]
//                             [--sdk-from DIR] [--in-time MS] [--jobs N]
//
// RECORDINGS_DIR: `data` beside this file, unless given
// project:  the repository whose packages/exporter, as it is built, is tried; this one
// full:     huggingPlace(): its span processors and log record processors
// exporter: HuggingPlaceSpanExporter alone behind BatchSpanProcessor, three spans a batch; recordings whose
//           content is in log records are left out, and what only a never-ended span holds is not asked
// sdk-from: folder whose node_modules hold the OpenTelemetry SDK (1.30, 2.x, 3.x); the project's packages/exporter
// in-time:  a complete interaction has this long to arrive before anything is flushed or shut down; 2500
// jobs:     recordings side by side; 4
//
// Exit status 0 when every fact is right, 1 otherwise. Prints the wrong facts, a table by dialect, and
// last "score R/N facts, P/Q recordings perfect". A missing interaction makes all its facts wrong.

import http from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRecordings, replay, importPackage } from './replay.mjs';
import { loadSdk } from './sdk.mjs';
import { sameText, telemetryOf } from './telemetry.mjs';
import { isGeneration, recordFacts, spansOf, truthFacts } from './facts.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const argv = process.argv.slice(2);
const flag = (name, fallback) => {
  const i = argv.indexOf(name);
  return i < 0 ? fallback : argv.splice(i, 2)[1];
};
const has = (name) => {
  const i = argv.indexOf(name);
  if (i >= 0) argv.splice(i, 1);
  return i >= 0;
};
const exporterFolder = join(resolve(flag('--project', join(here, '../..'))), 'packages/exporter');
const full = flag('--mode', 'full') === 'full';
const only = flag('--only', '');
const sdkFolder = resolve(flag('--sdk-from', exporterFolder));
const inTimeMs = Number(flag('--in-time', 2500));
const jobs = Number(flag('--jobs', 4));
const verbose = has('--verbose');
const asJson = has('--json');
const dir = argv[0] ?? join(here, 'data');

const SHUTDOWN_LIMIT_MS = 15_000;

const sdk = await loadSdk(sdkFolder);
const exporterModule = await importPackage(exporterFolder);
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

/** Every replay has an organisation of its own, so that a late POST reaches no other recording. */
const inboxes = new Map();
const server = http.createServer((req, res) => {
  const chunks = [];
  req.on('data', (c) => chunks.push(c));
  req.on('end', () => {
    if (req.url.startsWith('/v2/chatgpt/store_generated_response')) {
      let payload;
      try {
        payload = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      } catch {
        payload = undefined;
      }
      const inbox = inboxes.get(payload?.org_id);
      inbox?.arrived.push({
        payload,
        json: /^application\/json\b/.test(req.headers['content-type']),
        key: req.headers.authorization === `Bearer ${inbox.apiKey}`,
      });
    }
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"message":"ok"}');
  });
});
await new Promise((r) => server.listen(0, '127.0.0.1', r));
const baseUrl = `http://127.0.0.1:${server.address().port}`;

/**
 * Replays a recording into a fresh instance of the exporter.
 * @param complete  tells from what has arrived whether all that is expected before the flush is there
 * @returns what arrived, and how much of it before the flush
 */
async function send(recording, complete, pause) {
  const orgId = `score-org-${inboxes.size + 1}`;
  const inbox = { apiKey: `score-key-${inboxes.size + 1}`, arrived: [] };
  inboxes.set(orgId, inbox);
  const options = { apiKey: inbox.apiKey, orgId, mode: 'dev', baseUrl };
  const wired = full
    ? exporterModule.huggingPlace(options)
    : {
        spanProcessors: [
          sdk.makeBatchProcessor(new exporterModule.HuggingPlaceSpanExporter(options), {
            maxExportBatchSize: 3,
            scheduledDelayMillis: 20,
          }),
        ],
      };
  const loggerProvider = full ? sdk.makeLoggerProvider(wired.logRecordProcessors) : undefined;
  const provider = await replay(
    recording,
    { api: sdk.api, makeTracerProvider: sdk.makeTracerProvider(wired.spanProcessors), loggerProvider },
    pause,
  );
  for (const end = Date.now() + inTimeMs; !complete(inbox.arrived) && Date.now() < end;) await sleep(10);
  const inTime = inbox.arrived.length;
  await Promise.race([
    sleep(SHUTDOWN_LIMIT_MS),
    (async () => {
      await loggerProvider?.shutdown();
      await provider.shutdown();
    })(),
  ]);
  return { arrived: [...inbox.arrived], inTime };
}

/** Other pacing, so that timers, ticks and batches fall elsewhere. */
const unevenly = async (n) => {
  if (n % 7 === 3) await sleep(25);
  else if (n % 3 === 0) await new Promise((r) => setImmediate(r));
};

/** What of a recording the exporter can see: alone no log records; beside SDK 1.30 none with lists of objects. */
function sightOf({ logs = [] }) {
  const isStructured = (l) =>
    Object.values(l.attributes ?? {}).some((v) => Array.isArray(v) && typeof v[0] === 'object');
  return {
    open: full,
    logs: full ? logs.filter((l) => !(sdk.isOld && isStructured(l))) : [],
    whole: full && !(sdk.isOld && logs.some(isStructured)),
  };
}

/** Only what the telemetry holds can be asked for: `observable` says so, fact by fact; in it `exporter`, what is held without log records. */
function seenOf({ observable: { exporter, ...o }, ...truth }, tel, whole) {
  const seen = whole ? o : { ...o, ...Object.fromEntries(Object.entries(exporter ?? {}).filter(([, v]) => !v)) };
  return {
    ...seen,
    user_prompt: seen.user_prompt || tel.isJoined(truth.user_prompt),
    ai_response: seen.ai_response || tel.isJoined(truth.ai_response),
  };
}
const presence = ({ observable: o }) => (!full && o.presentExporter) || o.present;

/** All that is known of a recording before it is replayed. */
function caseOf(recording) {
  const sight = sightOf(recording);
  const tel = telemetryOf(recording, sight);
  const { interactions } = recording.truth;
  const expected = interactions.filter((t) => presence(t) === true);
  const optional = interactions.filter((t) => presence(t) === 'may');
  const failures = expected
    .filter((t) => !t.error)
    .flatMap((t) => t.llm_calls.filter((c) => isGeneration(c) && c.error)).length;

  /** The spans of a record: its own, where that is no step too, and those of its steps. */
  const named = (payload) => {
    const { span, spans, rootless } = spansOf(payload, tel);
    return span && !rootless ? [span, ...spans] : spans;
  };
  const ownFacts = (payload, payloads, truth) =>
    recordFacts(payload, tel, truth, payloads.filter((p) => p !== payload).flatMap(named));
  const factsOf = (truth, payload, truths, payloads) => [
    ...truthFacts(truth, payload, tel, { all: truths, seen: seenOf(truth, tel, sight.whole), open: full }),
    ...ownFacts(payload, payloads, truth),
  ];

  // Complete interactions arrive by themselves. Not asked: spans left open; tool loops without a common root, and calls that
  // asked for a tool, which wait for their continuation, also in vain; roots that an exporter alone can't tell from children.
  const traces = new Set(recording.spans.map((s) => s.traceId)).size;
  const waits = interactions.some((t) => t.llm_calls.filter(isGeneration).at(-1)?.tool_calls?.length);
  const hidden =
    !full &&
    sdk.isOld &&
    recording.spans.some(
      (s) => s.parentIsRemote && ![sdk.api.SpanKind.SERVER, sdk.api.SpanKind.CONSUMER].includes(s.kind),
    );
  const timely = !recording.unendedSpans?.length && traces <= interactions.length && !waits && !hidden;
  return { recording, expected, optional, failures, named, ownFacts, factsOf, timely };
}

/** Pairs truths with payloads, best match first; of equal ones, that in which more is right. */
function pair(truths, payloads, factsOf) {
  const scored = truths
    .flatMap((truth) =>
      payloads.map((payload) => {
        const facts = factsOf(truth, payload, truths, payloads);
        const right = facts.filter((f) => f.ok).length;
        const prompt = payload.user_prompt && sameText(payload.user_prompt, truth.user_prompt);
        return { truth, payload, facts, right, score: right / facts.length + (prompt ? 1 : 0) };
      }),
    )
    .sort((a, b) => b.score - a.score || b.right - a.right);
  const pairs = new Map(),
    taken = new Set();
  for (const s of scored)
    if (!pairs.has(s.truth) && !taken.has(s.payload)) {
      pairs.set(s.truth, s);
      taken.add(s.payload);
    }
  return { pairs, left: payloads.filter((p) => !taken.has(p)) };
}

const repeated = (list) => list.find((x, i) => list.indexOf(x) !== i);
const withoutOrg = ({ arrived }) =>
  arrived
    .map(({ payload: { org_id, ...rest } }) => rest)
    .sort((a, b) => String(a.message_id).localeCompare(String(b.message_id)));
/** Of all recordings. */
const messageIds = new Set();

/** Replays a recording twice, the second time at another pace. */
async function replayTwice({ recording, expected, optional, failures, factsOf, timely }) {
  const most = expected.length + failures + optional.length;
  const first = await send(
    recording,
    (arrived) =>
      !timely ||
      arrived.length >= most ||
      (arrived.length >= expected.length &&
        [
          ...pair(
            expected,
            arrived.map((x) => x.payload),
            factsOf,
          ).pairs.values(),
        ].every((p) => p.facts.every((f) => f.ok))),
  );
  return [first, await send(recording, (arrived) => arrived.length >= first.inTime, unevenly)];
}

/** The facts of a recording, from what arrived of its first and its second replay. */
function judge({ expected, optional, failures, named, ownFacts, factsOf, timely }, [first, second]) {
  const payloads = first.arrived.map((x) => x.payload);
  if (verbose) console.log(JSON.stringify(payloads, null, 1));
  const { pairs, left } = pair(expected, payloads, factsOf);
  const facts = [];
  const fact = (name, ok, wanted, actual) => facts.push({ name, ok: !!ok, expected: wanted, actual });
  for (const truth of expected) {
    const found = pairs.get(truth);
    fact('interaction arrives', found, truth.user_prompt, found ? 'yes' : 'nothing');
    facts.push(...(found ? found.facts : factsOf(truth, {}, expected, []).map((f) => ({ ...f, ok: false }))));
    if (timely)
      fact(
        'complete interaction arrives before shutdown',
        found && payloads.indexOf(found.payload) < first.inTime,
        'yes',
        found ? 'late' : 'nothing',
      );
  }
  // A failed first try that the application repeated, with no span around both, may stand as a record of its own.
  const isTry = (p) =>
    (p.metaData?.error === true || !p.ai_response) &&
    expected.some(
      (t) =>
        !t.error &&
        t.llm_calls.some((c) => isGeneration(c) && c.error) &&
        (!p.user_prompt || sameText(p.user_prompt, t.user_prompt)),
    );
  const tries = left.filter(isTry).slice(0, failures);
  // A welcome record counts like an expected one; the model calls of one that nothing joins may come one by one.
  const welcome = pair(
    optional,
    left.filter((p) => !tries.includes(p)),
    factsOf,
  );
  const pieces = welcome.left.slice(
    0,
    optional.reduce((n, t) => n + Math.max(0, t.llm_calls.filter(isGeneration).length - 1), 0),
  );
  for (const { facts: own, payload } of welcome.pairs.values())
    facts.push(...(pieces.length ? ownFacts(payload, payloads) : own));
  const flaw = [...tries, ...pieces].flatMap((p) => ownFacts(p, payloads)).find((f) => !f.ok);
  if (failures || pieces.length)
    fact(
      'records of single calls are well-formed',
      !flaw,
      flaw?.expected,
      flaw && `${flaw.name}: ${JSON.stringify(flaw.actual)}`,
    );
  fact(
    'nothing extra arrives',
    welcome.left.length === pieces.length,
    `${expected.length} payloads`,
    `${payloads.length} payloads`,
  );

  const ids = payloads.map((p) => p.message_id);
  const sameId = repeated(ids) ?? ids.find((id) => messageIds.has(id));
  for (const id of ids) messageIds.add(id);
  fact('message ids differ', sameId === undefined && !(ids.length > 1 && ids.includes(undefined)), ids.length, sameId);
  const sameSpan = repeated(payloads.flatMap(named));
  fact('no span is in two records or steps', !sameSpan, 'each once', sameSpan?.spanId);
  fact(
    'content type and authorization',
    first.arrived.every((x) => x.json && x.key),
    'application/json, Bearer key',
    'other headers',
  );
  const [once, again] = [withoutOrg(first), withoutOrg(second)];
  const other = once.findIndex((p, i) => !isDeepStrictEqual(p, again[i]));
  fact(
    'a second replay gives the same records',
    other < 0 && once.length === again.length,
    once[other] ?? once.length,
    other < 0 ? again.length : again[other],
  );
  return facts;
}

const recordings = readRecordings(dir)
  .map((r) => ({ ...r, id: `${r.dialect}/${r.scenario}` }))
  .filter((r) => r.id.includes(only) && (full || !r.content_in_logs));
const results = new Map();
const queue = [...recordings];
const NOTHING = { arrived: [], inTime: 0 };
await Promise.all(
  Array.from({ length: Math.max(1, jobs) }, async () => {
    for (let r = queue.shift(); r; r = queue.shift()) {
      const known = caseOf(r);
      try {
        results.set(r, judge(known, await replayTwice(known)));
      } catch (e) {
        const expected = 'no exception',
          actual = e?.stack?.split('\n').slice(0, 3).join(' | ');
        results.set(r, [
          { name: 'replay', expected, actual },
          ...judge(known, [NOTHING, NOTHING]).map(({ name }) => ({ name, expected, actual })),
        ]);
      }
    }
  }),
);
server.closeAllConnections?.();
server.close();

const table = new Map();
const wrong = [];
let right = 0,
  total = 0,
  perfect = 0;
for (const r of recordings) {
  const facts = results.get(r);
  const ok = facts.filter((f) => f.ok).length;
  const row = table.get(r.dialect) ?? { right: 0, total: 0, perfect: 0, recordings: 0 };
  table.set(r.dialect, {
    right: row.right + ok,
    total: row.total + facts.length,
    perfect: row.perfect + (ok === facts.length),
    recordings: row.recordings + 1,
  });
  right += ok;
  total += facts.length;
  perfect += ok === facts.length;
  for (const f of facts) if (!f.ok) wrong.push({ id: r.id, fact: f.name, expected: f.expected, actual: f.actual });
}
const lines = asJson
  ? [JSON.stringify({ right, total, perfect, count: recordings.length, wrong, table: Object.fromEntries(table) })]
  : [
      ...wrong.map(
        (w) =>
          `WRONG ${w.id}: ${w.fact}: expected ${JSON.stringify(w.expected)?.slice(0, 160)}, got ${JSON.stringify(w.actual)?.slice(0, 160)}`,
      ),
      ...[...table].map(
        ([dialect, r]) => `${dialect.padEnd(36)} ${r.right}/${r.total} facts  ${r.perfect}/${r.recordings} perfect`,
      ),
    ];
lines.push(`score ${right}/${total} facts, ${perfect}/${recordings.length} recordings perfect`);
// A pipe takes long output in pieces: leave only when it has all.
process.stdout.write(`${lines.join('\n')}\n`, () => process.exit(right === total && total > 0 ? 0 : 1));
