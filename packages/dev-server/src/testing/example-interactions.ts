/** Interactions as applications send them, made from a seed: for the page's tests, its screenshots, and for filling a database. */
import type { StepPayload, StoreRequest } from 'huggingplace-sdk';

/** Mulberry32: the same numbers for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const QUESTIONS = [
  [
    'Which of our suppliers ship to Iceland?',
    'Three of them do: Norðurljós, Atlantic Freight and Kiel & Sons. Only the first ships refrigerated goods.',
  ],
  [
    'Summarise the incident of last night in five lines.',
    'At 02:14 the primary database ran out of connections.\nThe pool of the billing service had been raised the day before.\nFailover took 41 seconds.\nNo order was lost; 212 requests failed.\nThe pool is back to 20.',
  ],
  ['Wie viele Urlaubstage habe ich noch?', 'Sie haben noch 11 Tage, davon müssen 3 bis Ende März genommen werden.'],
  [
    'Write a haiku about garbage collection.',
    'Heaps quietly fall\nthe reaper marks what still lives\na pause, then silence',
  ],
  [
    'Traduis la clause 1 du contrat, garde la numérotation.',
    'Article 1 (objet). Le présent contrat définit les prestations confiées au prestataire.',
  ],
  [
    'Is the refund of order 88213 through?',
    'Yes. The refund of €149.90 was booked yesterday and should arrive within two working days.',
  ],
  [
    'Compare the two quotes and recommend one.',
    'Quote B is 8 % dearer but includes on-site support for 24 months. I recommend B.',
  ],
  [
    'Draft an answer to the customer in the ticket.',
    'Dear Ms Okafor, thank you for your patience. The replacement left our warehouse this morning.',
  ],
] as const;
const MODELS = ['gpt-5.2', 'claude-opus-4-6', 'gemini-3-pro', 'llama-4-maverick', 'mistral-large-3'];
const ERRORS = ['RateLimitError', 'APIConnectionTimeoutError', 'BadRequestError', 'ContentFilterError'];

export interface ExampleOptions {
  random: () => number;
  index: number;
  orgId?: string;
  /** Sessions that interactions are spread over. Default: 40. */
  sessions?: number;
}

export function exampleInteraction({ random, index, orgId = 'local', sessions = 40 }: ExampleOptions): StoreRequest {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const [question, answer] = pick(QUESTIONS);
  const model = pick(MODELS.slice(0, 1 + Math.floor(random() * MODELS.length)));
  const hasFailed = random() < 0.06;
  const session = Math.floor(random() * sessions);
  const steps = random() < 0.25 ? [] : exampleSteps(random, model, question, answer, hasFailed);
  const totalMs =
    Math.max(...steps.map((step) => (step.start_ms ?? 0) + (step.time_ms ?? 0)), 0) + Math.round(40 + random() * 900);
  const input = 120 + Math.floor(random() * 4_000);
  const output = 20 + Math.floor(random() * 900);
  const errorType = pick(ERRORS);
  return {
    org_id: orgId,
    mode: random() < 0.85 ? 'prod' : 'dev',
    message_id: `${hex(random, 32)}-${hex(random, 16)}`,
    session_id: `session-${session}`,
    user_uuid: `user-${session % 23}`,
    user_roles: ['member'],
    user_prompt: question,
    ai_response: hasFailed ? `Error: ${errorType}` : answer,
    llm_model: model,
    token_count: input + output,
    response_time: `0 min ${(totalMs / 1_000).toFixed(2)} sec`,
    metaData: {
      trace_id: hex(random, 32),
      span_id: hex(random, 16),
      response_time_ms: totalMs,
      service: 'support-assistant',
      environment: 'production',
      provider: model.startsWith('gpt') ? 'openai' : model.startsWith('claude') ? 'anthropic' : 'gcp.vertex_ai',
      input_tokens: input,
      output_tokens: output,
      cached_input_tokens: Math.floor(input * random()),
      finish_reasons: ['stop'],
      tags: ['example', `release-${1 + (index % 3)}`],
      ...(hasFailed
        ? { error: true, errorType, errorMessage: `${errorType}: the provider answered with an error` }
        : {}),
    },
    user_meta_data: { email: `user-${session % 23}@example.com`, plan: pick(['free', 'team', 'enterprise']) },
    step_data: steps,
  };
}

function exampleSteps(
  random: () => number,
  model: string,
  question: string,
  answer: string,
  hasFailed: boolean,
): StepPayload[] {
  const ms = (least: number, most: number): number => Math.round(least + random() * (most - least));
  const text = (time: number): string => `0 min ${(time / 1_000).toFixed(2)} sec`;
  const step = (
    name: string,
    type: NonNullable<StepPayload['step_type']>,
    start: number,
    time: number,
    more: Partial<StepPayload> = {},
  ) => ({
    step_name: name,
    step_type: type,
    status: 'completed' as const,
    start_ms: start,
    time_ms: time,
    responseTime: text(time),
    span_id: hex(random, 16),
    ...more,
  });
  const embedding = ms(20, 90);
  const search = ms(60, 400);
  const plan = ms(500, 2_200);
  const tool = ms(80, 1_500);
  const final = ms(600, 4_000);
  let at = 15;
  const agent = step('assistant', 'agent', at, 0);
  const steps: StepPayload[] = [agent];
  const add = (
    name: string,
    type: NonNullable<StepPayload['step_type']>,
    time: number,
    more: Partial<StepPayload> = {},
  ): void => {
    steps.push(step(name, type, at, time, { parent_span_id: agent.span_id, ...more }));
    at += time + ms(2, 30);
  };
  add('text-embedding-3-large', 'embedding', embedding, {
    llmModel: 'text-embedding-3-large',
    inputTokens: 12,
    token: 12,
  });
  add('search documents', 'retrieval', search, {
    userQuestion: question,
    promptResponse: JSON.stringify([
      { id: 'doc-17', score: 0.83 },
      { id: 'doc-4', score: 0.71 },
    ]),
  });
  add(`chat ${model}`, 'llm', plan, {
    llmModel: model,
    inputTokens: 812,
    outputTokens: 44,
    token: 856,
    userQuestion: question,
    promptResponse: '',
  });
  const first = at;
  add('look_up_order', 'tool', tool, {
    userQuestion: '{"order":88213}',
    promptResponse: '{"state":"refunded","amount":149.9,"currency":"EUR"}',
  });
  steps.push(
    step('look_up_customer', 'tool', first + 3, Math.round(tool * 0.7), {
      parent_span_id: agent.span_id,
      userQuestion: '{"id":"c-120"}',
      promptResponse: hasFailed ? '' : '{"name":"A. Okafor"}',
      ...(hasFailed ? { status: 'failed', error_message: 'HTTP 504' } : {}),
    }),
  );
  add(`chat ${model}`, 'llm', final, {
    llmModel: model,
    inputTokens: 1_020,
    outputTokens: 96,
    token: 1_116,
    userQuestion: question,
    promptResponse: hasFailed ? '' : answer,
    ...(hasFailed ? { status: 'failed', error_message: 'the provider answered with an error' } : {}),
  });
  add('no secrets', 'guardrail', ms(5, 40));
  agent.time_ms = at - 15;
  agent.responseTime = text(agent.time_ms);
  return steps;
}

const hex = (random: () => number, length: number): string =>
  Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
