// What a recording's telemetry holds: its texts and token numbers, and what each span is by its dialect's own marks.

/** White space is folded; markers that stand for media are no text. */
export const norm = (s) =>
  (s == null ? '' : String(s))
    .replace(/\[(image|audio|file|video|media|document|pdf|attachment)\b[^\]]{0,300}\]/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
const canonical = (text) => JSON.stringify(parsed(text));

/** JSON answers may be re-spaced by an SDK; equal values count as equal text. */
export const sameText = (a, b) => norm(a) === norm(b) || (canonical(a) !== undefined && canonical(a) === canonical(b));

// One word a dialect → what the span is. Chains, wrappers and parts of a call are `chain`.
const WORDS = {
  llm: 'llm generation model chat text_completion completion generate_content',
  tool: 'tool tool_call execute_tool mcp_tool_call',
  retrieval: 'retriever retrieval',
  embedding: 'embedding embeddings embedder',
  reranker: 'reranker rerank',
  guardrail: 'guardrail',
  agent: 'agent invoke_agent',
  chain: 'chain workflow flow util span prompt session agent_step model_step model_generation model_inference',
};
const KIND_OF_WORD = new Map(Object.entries(WORDS).flatMap(([kind, words]) => words.split(' ').map((w) => [w, kind])));
/** Attributes that say the same under many names. */
const KEYS = { tags: /tags/i, session: /session|conversation|thread/i, user: /user|resource_?id/i };
const VOCABULARY =
  /^(gen_ai|llm|ai|traceloop|openinference|retrieval|langfuse|langsmith|mastra|genkit|gcp\.vertex)[.:]/;

/** llm, tool, retrieval, embedding, reranker, guardrail, agent, chain; `other`: GenAI of an unknown kind; undefined: the application's own. */
export function kindOf(span) {
  const a = span.attributes ?? {};
  const vercel = a['ai.operationId'];
  if (vercel)
    return /\.do(Generate|Stream)$/.test(vercel)
      ? 'llm'
      : /\.doEmbed$/.test(vercel)
        ? 'embedding'
        : vercel === 'ai.toolCall'
          ? 'tool'
          : 'chain';
  if (/^(execute_agent_loop_cycle|invocation)$/.test(span.name)) return 'chain';
  if (span.name === 'call_llm') return 'llm';
  const word =
    a['openinference.span.kind'] ??
    a['langsmith.span.kind'] ??
    a['langfuse.observation.type'] ??
    a['genkit:metadata:subtype'] ??
    a['genkit:type'] ??
    a['gen_ai.operation.name'] ??
    a['traceloop.span.kind'] ??
    a['llm.request.type'];
  const model = a['gen_ai.request.model'] ?? a['llm.model_name'];
  const kind =
    KIND_OF_WORD.get(String(word ?? '').toLowerCase()) ??
    (word === undefined && (model || a['gen_ai.system'] || a['gen_ai.provider.name']) ? 'llm' : undefined);
  if (kind === 'llm' && /embed/.test(model)) return 'embedding';
  return kind ?? (Object.keys(a).some((k) => VOCABULARY.test(k)) ? 'other' : undefined);
}

/** The name of the tool that a tool span ran. */
export function toolNameOf(span) {
  const a = span.attributes ?? {};
  return (
    a['gen_ai.tool.name'] ??
    a['ai.toolCall.name'] ??
    a['tool.name'] ??
    parsed(a['traceloop.entity.output'])?.kwargs?.name ??
    a['traceloop.entity.name'] ??
    a['genkit:name'] ??
    span.name.replace(/^execute_tool /, '')
  );
}

/** True where the span itself says that it failed. */
export function hasFailed(span) {
  const a = span.attributes ?? {};
  return (
    span.status?.code === 2 ||
    (span.events ?? []).some((e) => e.name === 'exception') ||
    a['error.type'] !== undefined ||
    a['langfuse.observation.level'] === 'ERROR' ||
    a['genkit:state'] === 'error' ||
    a['gen_ai.tool.status'] === 'error' ||
    parsed(a['traceloop.entity.output'])?.kwargs?.status === 'error'
  );
}

/** The span's duration; undefined while it is open. SDKs end no span before its start. */
export const durationMs = (span) =>
  span.endTimeUnixNano === undefined
    ? undefined
    : Math.max(0, Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6);

/** @param sight  what of a recording can be seen: `open`, also spans that never end; `logs`, these log records */
export function telemetryOf(recording, { open, logs }) {
  const unended = recording.unendedSpans ?? [];
  const spans = open ? [...recording.spans, ...unended] : recording.spans;
  const byId = new Map(spans.map((s) => [s.spanId, s]));
  const ancestors = (s) => {
    const list = [];
    for (let p = s; p && !p.parentIsRemote && list.length < 1000;) {
      p = byId.get(p.parentSpanId);
      if (p) list.push(p);
    }
    return list;
  };
  const kinds = new Map(spans.map((s) => [s.spanId, kindOf(s)]));
  const kind = (s) => kinds.get(s?.spanId);
  // Of nested model calls, and of nested embeddings, only the innermost are work of their own.
  const wrappers = new Set(
    spans.flatMap((s) => ancestors(s).filter((p) => kind(p) === kind(s) && ['llm', 'embedding'].includes(kind(p)))),
  );
  const startOf = (s) => BigInt(s.startTimeUnixNano);
  /** By start; of those that start together parents first, then by end. */
  const precedes = (a, b) =>
    startOf(a) !== startOf(b)
      ? startOf(a) < startOf(b)
      : ancestors(b).includes(a) || (!ancestors(a).includes(b) && a.seq < b.seq);
  const members = (wanted) =>
    spans.filter((s) => kind(s) === wanted && !wrappers.has(s)).sort((a, b) => (precedes(a, b) ? -1 : 1));
  const calls = members('llm');
  const ownTraces = new Set(calls.map((s) => s.traceId));
  const ofCalls = new Set([
    ...calls.flatMap((s) => [s, ...ancestors(s)]),
    ...spans.filter((s) => ancestors(s).some((p) => calls.includes(p))),
  ]);

  // Every text and number, JSON opened, and every object as JSON. `near`: of a span above, of or below a model call, or of a log record.
  const texts = new Set(),
    near = new Set(),
    joined = new Set(),
    pairs = new Set(),
    own = new Map(spans.map((s) => [s.spanId, new Set()])),
    tokens = [];
  const visit = (v, key, { span, log }, depth = 0) => {
    if (depth > 40 || v == null) return;
    const keep = (text) => {
      texts.add(text);
      if (log || ofCalls.has(span)) near.add(text);
      own.get(span?.spanId ?? log.spanId)?.add(text);
    };
    if (typeof v === 'object') {
      keep(JSON.stringify(v));
      if (Array.isArray(v) && v.length > 1 && v.every((part) => typeof part?.text === 'string')) {
        keep(norm(v.map((part) => part.text).join('')));
        joined.add(norm(v.map((part) => part.text).join('')));
      }
      for (const [k, x] of Object.entries(v)) visit(x, `${key}.${k}`, { span, log }, depth + 1);
      return;
    }
    keep(norm(v));
    for (const [name, words] of Object.entries(KEYS))
      if (words.test(key))
        for (const item of name === 'tags' ? String(v).split(',') : [v]) pairs.add(`${name}=${norm(item)}`);
    pairs.add(`${key.split(/[.:]/).at(-1)}=${norm(v)}`);
    if (/^\d+(\.\d+)?$/.test(v) && /token|usage/i.test(key) && !/max|limit|budget|second/i.test(key))
      tokens.push({ key, value: Number(v), span });
    if (typeof v === 'string' && /^\s*[[{"]/.test(v)) visit(parsed(v), key, { span, log }, depth + 1);
  };
  for (const span of spans)
    for (const part of [
      span.name,
      span.attributes,
      span.status,
      span.events?.map((e) => ({ name: e.name, ...e.attributes })),
    ])
      visit(part, '', { span });
  for (const log of logs) for (const part of [log.body, log.attributes]) visit(part, '', { log });
  const all = [...texts].join('\u0000'),
    nearby = [...near].join('\u0000');
  const ownText = new Map([...own].map(([id, set]) => [id, [...set].join('\u0000')]));
  /** A text of several lines may come from several places. */
  const holds = (text, set, x) =>
    norm(x) !== '' &&
    (text.includes(norm(x)) ||
      set.has(canonical(x)) ||
      String(x)
        .split('\n')
        .every((line) => text.includes(norm(line))));

  return {
    spans,
    unended,
    byId,
    ancestors,
    kind,
    members,
    precedes,
    calls,
    ownTraces,
    tokens,
    /** Local roots with a model call below them (or that are one). */
    roots: [...new Set(calls.map((s) => ancestors(s).at(-1) ?? s))],
    isGenAi: (s) => kind(s) !== undefined,
    /** As the value of an attribute or member of that name; for a name of KEYS of any like it, `tags` also as one of a list. */
    hasPair: (name, value) => pairs.has(`${name}=${norm(value)}`),
    /** The whole of a text that is recorded in parts. */
    isJoined: (x) => joined.has(norm(x)),
    /** Somewhere above, in or below a model call, or in a log record. */
    hasNear: (x) => norm(x) !== '' && nearby.includes(norm(x)),
    /** Somewhere in a text. */
    has: (x) => holds(all, texts, x),
    /** In the span itself or its log records. */
    hasIn: (span, x) => holds(ownText.get(span?.spanId) ?? '', own.get(span?.spanId) ?? new Set(), x),
  };
}
