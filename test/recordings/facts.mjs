// The facts that a payload is asked for: what holds for any record, and what its interaction's truth says.

import { durationMs, hasFailed, norm, sameText, toolNameOf } from './telemetry.mjs';

const STEP_TYPES = ['llm', 'tool', 'retrieval', 'embedding', 'reranker', 'guardrail', 'agent', 'step'];
const SLACK_MS = 2;
const near = (a, b) => Math.abs(a - b) <= SLACK_MS;
const isText = (x) => typeof x === 'string' && x !== '';
const isStack = (x) => /\n\s+at /.test(x);
const isOpen = (span) => !!span && span.endTimeUnixNano === undefined;
const sum = (list) => list.reduce((n, x) => n + (x ?? 0), 0);
/** Milliseconds from one span's start to another's, or to its end. */
const offset = (from, span) => Number(BigInt(span.startTimeUnixNano) - BigInt(from.startTimeUnixNano)) / 1e6;
const endOffset = (from, span) => offset(from, span) + durationMs(span);
export const isGeneration = (call) => !/embed|rerank/.test(call.operation);

/** "M min S.SS sec", of that many milliseconds. */
function isTimeOf(text, ms) {
  const m = /^(\d+) min (\d+\.\d{2}) sec$/.exec(text ?? '');
  return !!m && Math.abs(Number(m[1]) * 60 + Number(m[2]) - ms / 1000) <= 0.0051;
}

const collector = () => {
  const facts = [];
  return { facts, fact: (name, ok, expected, actual) => facts.push({ name, ok: !!ok, expected, actual }) };
};

/** The spans that a payload names: its own and those of its steps; `rootless` where its own is a step too; `first`, from which it counts time. */
export function spansOf(payload, tel) {
  const steps = (Array.isArray(payload.step_data) ? payload.step_data : []).map((step) => ({
    step,
    span: tel.byId.get(step?.span_id),
  }));
  const span = tel.byId.get(payload.metaData?.span_id);
  const spans = steps.map((s) => s.span).filter(Boolean);
  const rootless = spans.includes(span);
  return { steps, span, spans, rootless, first: rootless ? spans.reduce((a, b) => (offset(a, b) < 0 ? b : a)) : span };
}

/** The outermost span that holds all of these and none of the others; an ordinary one that never ended is no root. */
function rootOf(spans, others, tel) {
  const held = (s) => [s, ...tel.ancestors(s)];
  const foreign = new Set(others.flatMap(held));
  return held(spans[0])
    .filter((s) => !foreign.has(s) && spans.every((m) => held(m).includes(s)) && (tel.kind(s) || !isOpen(s)))
    .at(-1);
}

/** How long the interaction took: its root, or longer where a member outlived it; without a root from first start to last end. */
function durationsOf({ span, spans, rootless, first }, tel) {
  const lasting = (list) => Math.max(...list.map((s) => endOffset(first, s)));
  if (rootless) return spans.some(isOpen) ? undefined : [lasting(spans)];
  if (!span || isOpen(span)) return undefined;
  // Clocks let a child end after a parent that ended later in fact: both readings will do.
  const below = tel.spans.filter((s) => tel.isGenAi(s) && !isOpen(s) && tel.ancestors(s).includes(span));
  return [lasting([span, ...below]), lasting([span, ...below.filter((s) => s.seq > span.seq)])];
}

/** What holds for every record. `truth` is that of its interaction, where it has one; `others` the spans of other records. */
export function recordFacts(payload, tel, truth = {}, others = []) {
  const { facts, fact } = collector();
  const meta = payload.metaData ?? {};
  const subject = spansOf(payload, tel);
  const { steps, span, spans, rootless, first } = subject;
  const generations = (truth.llm_calls ?? []).filter(isGeneration);

  const { user_prompt: prompt, ai_response: answer } = payload;
  const isReal = (x, real) => x === '' || (isText(x) && ((real && sameText(x, real)) || tel.has(x)));
  const isRealError =
    meta.error === true && isText(answer) && answer.startsWith('Error: ') && tel.has(answer.slice('Error: '.length));
  const isAbsentOr = (isKnown) => (x) => x === undefined || (isText(x) && isKnown(x));
  const areReal = (isKnown) => (list) =>
    list === undefined ||
    (Array.isArray(list) && list.every((x) => isText(x) && isKnown(x)) && new Set(list).size === list.length);
  const isCount = (n) => n === undefined || (Number.isFinite(n) && n >= 0 && tel.tokens.length > 0);
  const invented = [
    ['user_prompt', prompt, (x) => isReal(x, truth.user_prompt)],
    ['ai_response', answer, (x) => isReal(x, truth.ai_response) || isRealError],
    ['llm_model', payload.llm_model, isAbsentOr(tel.has)],
    ['system_prompt', meta.system_prompt, isAbsentOr(tel.has)],
    ['errorType', meta.errorType, isAbsentOr(tel.has)],
    ['session_id', payload.session_id, isAbsentOr((x) => tel.hasPair('session', x))],
    ['user_uuid', payload.user_uuid, isAbsentOr((x) => tel.hasPair('user', x))],
    ['tags', meta.tags, areReal((x) => tel.hasPair('tags', x))],
    ['response_ids', meta.response_ids, areReal(tel.has)],
    ['tools', meta.tools, areReal(tel.has)],
    ['token_count', payload.token_count, isCount],
    ...['input', 'output', 'cached_input', 'reasoning', 'embedding'].map((k) => [
      `${k}_tokens`,
      meta[`${k}_tokens`],
      isCount,
    ]),
  ].filter(([, value, isRight]) => !isRight(value));
  fact(
    'nothing is invented',
    !invented.length,
    'what the telemetry holds',
    invented.map(([field, value]) => `${field}: ${JSON.stringify(value)}`).join(', '),
  );

  // The record itself.
  fact('mode', payload.mode === 'dev', 'dev', payload.mode);
  fact('message_id', isText(payload.message_id), 'a string', payload.message_id);
  const root = span && rootOf(spans.length ? spans : [span], others, tel);
  const own = root ?? ['llm', 'agent'].map((type) => steps.find((s) => s.step?.step_type === type)?.span).find(Boolean);
  fact(
    'trace_id and span_id',
    span && span === own && span.traceId === meta.trace_id,
    own?.spanId ?? 'of the root, or the first model call',
    `${meta.trace_id} ${meta.span_id}`,
  );
  const ms = meta.response_time_ms;
  fact('response_time', isTimeOf(payload.response_time, ms), `M min S.SS sec of ${ms} ms`, payload.response_time);
  const durations = durationsOf(subject, tel);
  fact(
    'response_time_ms is that of its spans',
    Number.isFinite(ms) && ms >= 0 && (durations ?? [ms]).some((d) => near(d, ms)),
    durations,
    ms,
  );

  // Its marks. An answer that is only a tool call is not missing.
  const onlyTools = truth.ai_response == null && generations.at(-1)?.tool_calls?.length > 0;
  const missing =
    (prompt === '' && truth.user_prompt !== '') ||
    (answer === '' && meta.error !== true && meta.incomplete !== true && !onlyTools);
  const complete = isText(prompt) && (isText(answer) || onlyTools);
  fact(
    'content_missing',
    missing ? meta.content_missing === true : !complete || meta.content_missing === undefined,
    missing,
    meta.content_missing,
  );
  fact(
    'error details only on failure',
    meta.error === true || (meta.errorMessage === undefined && meta.errorType === undefined),
    undefined,
    meta.errorMessage ?? meta.errorType,
  );
  const named = [span, ...spans];
  const lost = (s) => s?.droppedAttributesCount > 0;
  fact(
    'truncated is so',
    meta.truncated === true
      ? tel.spans.some((s) => lost(s) && tel.isGenAi(s))
      : meta.truncated === undefined && !named.some(lost),
    'where attributes were dropped',
    meta.truncated,
  );
  fact(
    'incomplete is so',
    meta.incomplete === true
      ? tel.unended.length > 0
      : meta.incomplete === undefined && (meta.error === true || !named.some(isOpen)),
    'where a span never ended',
    meta.incomplete,
  );

  // Its steps. What was said in one is in its span; a question may stand above it, an answer in a wrapper that holds this call alone.
  const calls = spans.filter((s) => tel.kind(s) === 'llm');
  const above = (at) => (tel.kind(at) === 'llm' ? tel.ancestors(at) : []);
  const said = (x, places) => !x || places.some((p) => tel.hasIn(p, x));
  const troubled = truth.error || generations.some((c) => c.error);
  const rules = {
    'what they are': {
      fields: (s, at) =>
        at && isText(s.step_name) && STEP_TYPES.includes(s.step_type) && ['completed', 'failed'].includes(s.status),
      'not the root': (s, at) => at !== span || !root,
      'kind of the span, no chain or wrapper': (s, at, kind) =>
        (kind === s.step_type || (kind === 'other' && !['llm', 'tool'].includes(s.step_type))) &&
        (!['llm', 'embedding'].includes(kind) || tel.members(kind).includes(at)),
      'name of the tool or agent, else of the span': (s, at, kind) =>
        kind === 'tool'
          ? s.step_name === toolNameOf(at)
          : ['agent', 'other'].includes(kind)
            ? tel.hasIn(at, s.step_name)
            : s.step_name === at.name,
    },
    'where and when': {
      'nearest step or root above': (s, at) =>
        (s.parent_span_id || undefined) ===
        tel.ancestors(at).find((p) => spans.includes(p) || (p === span && !rootless))?.spanId,
      'by start; parents first, then by end': (s, at, _kind, i) =>
        i === 0 || !steps[i - 1].span || !tel.precedes(at, steps[i - 1].span),
      'offset from the start of the interaction': (s, at) =>
        s.start_ms >= -1 && first && near(s.start_ms, Math.max(0, offset(first, at))),
      'duration of the span, also as text': (s, at) =>
        Number.isFinite(s.time_ms) &&
        s.time_ms >= 0 &&
        (isOpen(at) || near(s.time_ms, durationMs(at))) &&
        (s.responseTime === undefined || isTimeOf(s.responseTime, s.time_ms)),
    },
    status: {
      'incomplete where it never ended': (s, at) => !isOpen(at) || (s.status === 'completed' && s.incomplete === true),
      'failed where the span says so, with error_message': (s, at) =>
        isOpen(at) ||
        (hasFailed(at) ? s.status === 'failed' && isText(s.error_message) : s.status === 'completed' || troubled),
    },
    texts: {
      'in the telemetry of the span': (s, at) =>
        !['llm', 'tool'].includes(s.step_type) ||
        ((!s.llmModel || tel.has(s.llmModel)) &&
          said(s.userQuestion, [at, ...above(at)]) &&
          said(s.promptResponse, [
            at,
            ...above(at).filter((p) => calls.filter((c) => tel.ancestors(c).includes(p)).length === 1),
          ])),
    },
    tokens: {
      'token = inputTokens + outputTokens': (s) =>
        s.inputTokens === undefined || s.outputTokens === undefined || s.token === s.inputTokens + s.outputTokens,
    },
  };
  for (const [name, checks] of Object.entries(rules)) {
    const broken = Object.entries(checks).flatMap(([rule, holds]) =>
      steps.filter(({ step, span: at }, i) => !at || !holds(step, at, tel.kind(at), i)).map(({ step }) => [rule, step]),
    );
    fact(
      `steps: ${name}`,
      !broken.length && (payload.step_data === undefined || steps.length > 0),
      broken[0]?.[0],
      broken.length ? JSON.stringify(broken[0][1]).slice(0, 200) : payload.step_data,
    );
  }
  return facts;
}

/** What the truth says. @param all the expected truths of the recording; seen: which facts the telemetry holds; open: with spans that never end */
export function truthFacts(truth, payload, tel, { all, seen, open }) {
  const { facts, fact } = collector();
  const meta = payload.metaData ?? {};
  const { steps, span, rootless } = spansOf(payload, tel);
  const alone = all.length === 1;
  const generations = truth.llm_calls.filter(isGeneration);

  // What the telemetry holds is asked for; of what it doesn't hold a part may be known, or nothing.
  const isPart = (x, real) =>
    x === '' ||
    x === undefined ||
    (isText(real) && norm(x) !== '' && (norm(real).includes(norm(x)) || norm(x).includes(norm(real))));
  const { user_prompt: prompt, ai_response: answer } = payload;
  fact(
    'user_prompt',
    (seen.user_prompt ? sameText : isPart)(prompt, truth.user_prompt),
    seen.user_prompt ? truth.user_prompt : '',
    prompt,
  );
  if (truth.error && !seen.ai_response) {
    // A partial answer, where one is known, stands; else the message.
    const isPartial = isText(answer) && generations.some((c) => norm(c.text).startsWith(norm(answer)));
    const isMessage = /^Error\b/.test(answer) && !isStack(answer);
    fact(
      'ai_response',
      isPartial ||
        (seen.error_message
          ? isMessage && norm(answer).includes(norm(truth.error.message))
          : isMessage || answer === ''),
      `Error: ${truth.error.message}`,
      answer,
    );
  } else
    fact(
      'ai_response',
      (seen.ai_response ? sameText : isPart)(answer, truth.ai_response),
      seen.ai_response ? truth.ai_response : '',
      answer,
    );
  if (truth.error) {
    fact('error flagged', meta.error === (seen.error === false ? undefined : true), seen.error !== false, meta.error);
    if (seen.error_message)
      fact(
        'error message',
        norm(meta.errorMessage).includes(norm(truth.error.message)) && !isStack(meta.errorMessage),
        truth.error.message,
        meta.errorMessage,
      );
  } else fact('no false error', meta.error === undefined, undefined, meta.error);

  const models = [
    ...(tel.hasNear(truth.model_responded) ? [truth.model_responded] : [truth.model_requested, truth.model_responded]),
    ...(truth.model_aliases ?? []),
  ].filter(Boolean);
  fact(
    'llm_model',
    seen.llm_model && models.some(tel.has)
      ? models.includes(payload.llm_model)
      : payload.llm_model === undefined || models.some((x) => isPart(payload.llm_model, x)),
    models.join(' or '),
    payload.llm_model,
  );
  if (seen.session_id)
    fact('session_id', payload.session_id === truth.session_id, truth.session_id, payload.session_id);
  if (seen.user_id) fact('user_uuid', payload.user_uuid === truth.user_id, truth.user_id, payload.user_uuid);

  // Token numbers of model calls. A sum may be known where its parts are not: cached and reasoning tokens reported apart.
  const { input_tokens: input, output_tokens: output } = truth;
  const total = (input ?? 0) + (output ?? 0);
  const numbers = new Set(
    tel.tokens.filter((t) => !['embedding', 'reranker'].includes(tel.kind(t.span))).map((t) => t.value),
  );
  const counts =
    total > 0 && (seen.token_count || (alone && (numbers.has(total) || (numbers.has(input) && numbers.has(output)))));
  const given = [meta.input_tokens, meta.output_tokens];
  if (counts) {
    fact('token_count', payload.token_count === total, total, payload.token_count);
    fact(
      'input and output tokens',
      given.every((n, i) => n === [input, output][i] || (!seen.token_count && n === undefined)),
      `${input} + ${output}`,
      given.join(' + '),
    );
  } else if (generations.length === 1) {
    const sums = new Set([input, output, ...numbers, ...[...numbers].flatMap((x) => [...numbers].map((y) => x + y))]);
    fact(
      'token_count',
      given.every((n) => n === undefined || sums.has(n)) &&
        [undefined, sum(given)].includes(payload.token_count) &&
        (numbers.size > 0 || payload.token_count === undefined),
      'absent, or of the telemetry',
      payload.token_count,
    );
  }
  const apart = [
    ['cached_input_tokens', truth.cached_input_tokens, (t) => /cache/i.test(t.key)],
    ['reasoning_tokens', truth.reasoning_tokens, (t) => /reason|thought/i.test(t.key)],
    [
      'embedding_tokens',
      truth.embedding_input_tokens,
      (t) => tel.members('embedding').includes(t.span) && tel.ancestors(t.span).some((p) => tel.roots.includes(p)),
    ],
  ].filter(
    ([field, real, holds]) =>
      !(real > 0 && tel.tokens.some((t) => t.value === real && holds(t)) ? [real] : [undefined, 0, real]).includes(
        meta[field],
      ),
  );
  fact(
    'cached, reasoning and embedding tokens',
    !apart.length,
    apart.map(([field, real]) => `${field}: ${real}`).join(', '),
    apart.map(([field]) => `${field}: ${meta[field]}`).join(', '),
  );

  // Tools: a step for every span of a tool; the names of all that were called in metaData.
  const ofType = (type) => steps.filter((s) => s.step.step_type === type);
  const below = (kind) => tel.members(kind).filter((s) => !isOpen(s) && !rootless && tel.ancestors(s).includes(span));
  const allTools = tel.members('tool');
  for (const name of new Set(truth.tools.map((t) => t.name))) {
    const called = truth.tools
      .filter((t) => t.name === name)
      .map((t) => (typeof t.arguments === 'string' ? t.arguments : JSON.stringify(t.arguments)));
    const named = (s) => toolNameOf(s) === name;
    const least = Math.min(
      called.length,
      (alone ? allTools.filter((s) => tel.ownTraces.has(s.traceId)) : below('tool')).filter(named).length,
    );
    const most = Math.min(called.length, allTools.filter(named).length);
    const got = ofType('tool').filter((s) => s.step.step_name === name);
    if (most) {
      fact(`tool ${name}: a step a call`, got.length >= least && got.length <= most, most, got.length);
      const lost = called.find(
        (x) => got.some((s) => tel.hasIn(s.span, x)) && !got.some((s) => sameText(s.step.userQuestion, x)),
      );
      fact(
        `tool ${name}: arguments`,
        lost === undefined,
        lost,
        got.map((s) => s.step.userQuestion),
      );
    }
    if (seen.tools)
      fact(`tool ${name} in metaData.tools`, Array.isArray(meta.tools) && meta.tools.includes(name), name, meta.tools);
  }
  const called = [
    ...truth.tools.map((t) => t.name),
    ...ofType('tool').map((s) => s.step.step_name),
    ...(alone ? allTools.map(toolNameOf) : []),
  ];
  fact(
    'metaData.tools were called',
    meta.tools === undefined || (Array.isArray(meta.tools) && meta.tools.every((n) => called.includes(n))),
    called,
    meta.tools,
  );

  // Model calls: a step each, but for the lone one that is the record itself. Twins are one; a try may be a record of its own.
  const llm = ofType('llm');
  const spare = tel.calls.length - sum(all.map((t) => t.llm_calls.filter(isGeneration).length));
  const succeeded = generations.filter((c) => !c.error).length;
  const itself = tel.calls.includes(span) && !rootless;
  const retried = succeeded > 0 && succeeded < generations.length;
  const least = itself
    ? 0
    : !spare && (!retried || tel.roots.length === 1)
      ? generations.length
      : spare >= 0
        ? succeeded
        : alone
          ? Math.min(succeeded, tel.calls.length)
          : 0;
  fact(
    'model calls are steps',
    llm.length >= least && llm.length <= generations.length && !(itself && succeeded > 1 && spare >= 0),
    `${least} to ${generations.length}`,
    llm.length,
  );
  if (counts) {
    const [ins, outs] = ['inputTokens', 'outputTokens'].map((k) => sum(llm.map((s) => s.step[k])));
    const none = !llm.length || !tel.tokens.some((t) => tel.calls.includes(t.span));
    fact(
      'tokens of the steps',
      none ||
        (seen.token_count
          ? ins === input && outs === output
          : ins + outs === total || llm.every((s) => s.step.token === undefined)),
      `${input} + ${output}`,
      `${ins} + ${outs}`,
    );
  }
  const [asks, answers] = [llm.at(0), llm.at(-1)];
  if (seen.user_prompt)
    fact(
      'question of the first model call',
      !asks ||
        !tel.hasIn(asks.span, truth.user_prompt) ||
        norm(asks.step.userQuestion).includes(norm(truth.user_prompt)),
      truth.user_prompt,
      asks?.step.userQuestion,
    );
  if (seen.ai_response && !generations.at(-1)?.tool_calls?.length) {
    fact(
      'answer of the last model call',
      !answers ||
        !tel.hasIn(answers.span, truth.ai_response) ||
        sameText(answers.step.promptResponse, truth.ai_response),
      truth.ai_response,
      answers?.step.promptResponse,
    );
  }
  const within = [
    span,
    ...steps.map((s) => s.span),
    ...tel.spans.filter((s) => tel.ancestors(s).includes(span)),
  ].filter(Boolean);
  if (seen.ai_response && !truth.error)
    fact(
      'span_id is of this interaction',
      within.some((s) => tel.hasIn(s, truth.ai_response)),
      'a span with the answer',
      meta.span_id,
    );
  const rest = ['tool', 'retrieval', 'embedding', 'reranker', 'guardrail', 'agent'].flatMap(below);
  fact(
    'all other work is a step',
    rest.every((s) => steps.some((x) => x.span === s)),
    rest.map((s) => s.name),
    steps.map((s) => s.step.step_name),
  );

  // Marks, and what the application said about it.
  if (alone && tel.spans.some((s) => tel.isGenAi(s) && s.droppedAttributesCount > 0))
    fact('truncated', meta.truncated === true, true, meta.truncated);
  if (alone && open && !truth.llm_calls.some((c) => c.error) && tel.unended.some(tel.isGenAi))
    fact('incomplete', meta.incomplete === true, true, meta.incomplete);
  fact(
    'system_prompt',
    truth.system && seen.user_prompt && tel.has(truth.system)
      ? sameText(meta.system_prompt, truth.system)
      : isPart(meta.system_prompt, truth.system),
    truth.system,
    meta.system_prompt,
  );
  const { metadata: inner, tags: outerTags, ...outer } = truth.metadata ?? {};
  const tags = truth.tags ?? outerTags ?? truth.trace_attributes?.['tag.tags'];
  if (tags?.every((t) => tel.hasPair('tags', t)))
    fact('tags', JSON.stringify(meta.tags) === JSON.stringify(tags), tags, meta.tags);
  for (const [key, value] of Object.entries({ ...outer, ...inner })) {
    if (!/^(user|session|thread)_?id$/i.test(key) && tel.hasPair(key, value))
      fact(`metaData.${key}`, meta[key] === value, value, meta[key]);
  }
  return facts;
}
