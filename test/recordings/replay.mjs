// Replays a recording through a real OpenTelemetry SDK, so that whatever is registered there sees
// the spans and log records as an application would have produced them: same ids, names, kinds,
// attributes, events, times, scopes, and the same order of starts, ends and log records.
//
// Packages are resolved from `from` (a file or folder of the project under test), so one recording
// can be replayed through any SDK version the project has installed.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export function readRecordings(dir) {
  const files = [];
  const walk = (d) => {
    for (const name of readdirSync(d).sort()) {
      const path = join(d, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (name.endsWith('.json')) files.push(path);
    }
  };
  walk(dir);
  return files
    .map((path) => ({ path, ...JSON.parse(readFileSync(path, 'utf8'), revive) }))
    .filter((r) => Array.isArray(r.spans) && r.truth);
}

/** JSON has no NaN: recordings keep it as {"$nonfinite":"NaN"}. */
const revive = (_key, value) =>
  value && typeof value === 'object' && '$nonfinite' in value ? Number(value.$nonfinite) : value;

export async function importFrom(from, specifier) {
  const require = createRequire(join(from, 'noop.js'));
  return import(pathToFileURL(require.resolve(specifier)).href);
}

/** Imports the package in folder `dir` by its own exports map, the way `import` would. */
export async function importPackage(dir) {
  const { exports, module, main } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const pick = (e) => (e == null || typeof e === 'string' ? e : pick(e.node ?? e.import ?? e.default));
  const entry = (exports && pick(exports['.'] ?? exports)) ?? module ?? main;
  if (!entry) throw new Error(`${dir}/package.json names no entry point`);
  return import(pathToFileURL(join(dir, entry)).href);
}

const hr = (nano) => {
  const n = BigInt(nano);
  return [Number(n / 1_000_000_000n), Number(n % 1_000_000_000n)];
};

const linkOf = (l) => ({
  context: l.context ?? { traceId: l.traceId, spanId: l.spanId, traceFlags: 1 },
  attributes: l.attributes ?? {},
});

/** A fixed-order id source: the replay sets `next` before each start. */
function idSource() {
  const ids = { traceId: '', spanId: '' };
  return {
    set: (traceId, spanId) => Object.assign(ids, { traceId, spanId }),
    generateTraceId: () => ids.traceId,
    generateSpanId: () => ids.spanId,
  };
}

/**
 * Starts, ends and log records in the order in which they happened. Recordings number them (`startSeq`,
 * `seq`); clocks are not trusted for order: a child's end time can lie behind its parent's although it ended first.
 */
function timeline(recording) {
  const events = [];
  for (const span of [...recording.spans, ...(recording.unendedSpans ?? [])]) {
    events.push({ at: span.startSeq, kind: 'start', span });
    if (span.endTimeUnixNano !== undefined) events.push({ at: span.seq, kind: 'end', span });
  }
  for (const log of recording.logs ?? []) events.push({ at: log.seq, kind: 'log', log });
  if (events.some((e) => typeof e.at !== 'number')) throw new Error('recording lacks startSeq or seq');
  return events.sort((a, b) => a.at - b.at);
}

/** A span that had lost attributes to the SDK's limit loses as many again: surplus ones, past the 128 that it kept. */
function loseAttributes(span, recorded) {
  for (let i = 0; i < (recorded.droppedAttributesCount ?? 0); i += 1) span.setAttribute(`replay.surplus.${i}`, i);
}

/**
 * @param recording  one file of the recordings
 * @param sdk        { api, makeTracerProvider({idGenerator, resource}), loggerProvider? }
 * @param pause      awaited after event number n; without it the whole recording is replayed in one tick
 */
export async function replay(recording, { api, makeTracerProvider, loggerProvider }, pause) {
  const ids = idSource();
  const resource = (recording.spans[0] ?? recording.unendedSpans?.[0])?.resource?.attributes ?? {};
  const provider = makeTracerProvider({ idGenerator: ids, resource });

  const open = new Map();
  const contexts = new Map();
  for (const [n, e] of timeline(recording).entries()) {
    if (e.kind === 'start') {
      const s = e.span;
      ids.set(s.traceId, s.spanId);
      let ctx = api.ROOT_CONTEXT;
      if (s.parentSpanId) {
        ctx =
          (s.parentIsRemote ? undefined : contexts.get(s.parentSpanId)) ??
          api.trace.setSpanContext(ctx, {
            traceId: s.traceId,
            spanId: s.parentSpanId,
            traceFlags: 1,
            isRemote: !!s.parentIsRemote,
          });
      }
      const scope = s.instrumentationScope ?? { name: 'unknown' };
      const span = provider.getTracer(scope.name, scope.version).startSpan(
        s.name,
        {
          kind: s.kind,
          startTime: hr(s.startTimeUnixNano),
          links: (s.links ?? []).map(linkOf),
          attributes: s.startAttributes ?? {},
        },
        ctx,
      );
      open.set(s.spanId, span);
      if (s.endTimeUnixNano === undefined) span.setAttributes(s.attributes ?? {});
      contexts.set(s.spanId, api.trace.setSpan(ctx, span));
    } else if (e.kind === 'log' && loggerProvider) {
      const l = e.log;
      const context =
        contexts.get(l.spanId) ??
        (l.spanId
          ? api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId: l.traceId, spanId: l.spanId, traceFlags: 1 })
          : api.ROOT_CONTEXT);
      const scope = l.instrumentationScope ?? { name: 'unknown' };
      loggerProvider.getLogger(scope.name, scope.version).emit({
        ...(l.eventName ? { eventName: l.eventName } : {}),
        body: l.body,
        attributes: l.attributes,
        severityNumber: l.severityNumber,
        timestamp: hr(l.timeUnixNano),
        context,
      });
    } else if (e.kind === 'end') {
      const s = e.span;
      const span = open.get(s.spanId);
      span.setAttributes(s.attributes ?? {});
      loseAttributes(span, s);
      for (const ev of s.events ?? []) span.addEvent(ev.name, ev.attributes, hr(ev.timeUnixNano));
      if (s.status?.code)
        span.setStatus({ code: s.status.code, ...(s.status.message ? { message: s.status.message } : {}) });
      span.end(hr(s.endTimeUnixNano));
    }
    if (pause) await pause(n);
  }
  return provider;
}
