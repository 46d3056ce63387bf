/** The service in each stage of its migration, as a process of its own, against a HuggingPlace: whoever records, the rows say the same. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { runNode } from '../../test/end-to-end/run-node.ts';
import { comparable } from './offline/comparable.mjs';
import { QUESTIONS, runService } from './offline/run-service.mjs';

/** Of a process with a database of its own, on a busy machine. */
const TIMEOUT_MS = 120_000;

let byHand: Awaited<ReturnType<typeof runService>>;

beforeAll(async () => {
  byHand = await runService('fetch', [...QUESTIONS, '']);
}, TIMEOUT_MS);

const stepsOf = (row: (typeof byHand.rows)[number] | undefined): string[] | undefined =>
  row?.step_data.map(({ step_type, step_name, status }) => `${step_type} ${step_name} ${status}`);

describe('by hand', () => {
  it('a question, its answer, and all that is known about them', () => {
    expect(byHand.rows[0]).toMatchObject({
      user_prompt: 'Which region sold most in 2025?',
      ai_response: 'North sold most, for 152572.70.',
      session_id: 'session-7f3a',
      user_uuid: 'user-42',
      user_roles: ['analyst'],
      user_meta_data: { email: 'ada@example.com' },
      llm_model: 'gpt-4o-mini-2024-07-18',
      token_count: 215,
      input_tokens: 171,
      output_tokens: 44,
      mapping_table: 'sales',
      failed: false,
      metadata: { app: 'strived' },
    });
    expect(stepsOf(byHand.rows[0])).toEqual([
      'step generate_sql completed',
      'llm chat gpt-4o-mini completed',
      'tool execute_sql completed',
      'step summarise completed',
      'llm chat gpt-4o-mini completed',
    ]);
  });

  it('SQL that the database refuses is a failed step, and the model is asked once more', () => {
    expect(byHand.answers[1]).toMatchObject({ status: 200, answer: 'Lamps earned 95760.00.' });
    expect(stepsOf(byHand.rows[1])).toEqual([
      'step generate_sql completed',
      'llm chat gpt-4o-mini completed',
      'tool execute_sql failed',
      'step generate_sql completed',
      'llm chat gpt-4o-mini completed',
      'tool execute_sql completed',
      'step summarise completed',
      'llm chat gpt-4o-mini completed',
    ]);
    expect(byHand.rows[1]?.step_data[2]).toMatchObject({ error_message: 'column "revenue" does not exist' });
    expect(byHand.rows[1]).toMatchObject({ failed: false });
  });

  it('SQL that is refused twice ends in a clear answer', () => {
    const answer = "I can't answer that from the sales: only a SELECT is run here.";
    expect(byHand.answers[2]).toMatchObject({ status: 200, answer });
    expect(byHand.rows[2]).toMatchObject({ failed: false, ai_response: answer });
  });

  it('what fails altogether is a failed interaction, and a polite refusal to who asked', () => {
    expect(byHand.answers[3]).toEqual({
      status: 502,
      error: 'the question could not be answered; ask again later',
    });
    expect(byHand.rows[3]).toMatchObject({
      failed: true,
      ai_response: 'Error: 400 The request was refused.',
      llm_model: 'gpt-4o-mini',
      token_count: null,
      metadata: { error: true, errorMessage: '400 The request was refused.', errorType: 'Error' },
    });
  });
});

it('what is no question is refused, and recorded by nobody', () => {
  expect(byHand.answers[4]).toEqual({ status: 400, error: 'question: expected a text of 1 to 2000 characters' });
  expect(byHand.posts).toBe(4);
});

describe.each([
  { recording: 'sdk', stages: 1 },
  { recording: 'opentelemetry', stages: 1 },
  { recording: 'sdk,opentelemetry', stages: 2 },
  { recording: 'fetch,sdk,opentelemetry', stages: 3 },
])('STRIVED_RECORDING=$recording', { timeout: TIMEOUT_MS }, ({ recording, stages }) => {
  it('the rows are those of the first stage, each once', async () => {
    const run = await runService(recording, QUESTIONS);
    expect(run.rows.map(comparable)).toEqual(byHand.rows.map(comparable));
    expect(run.posts).toBe(stages * QUESTIONS.length);
    const named = run.answers.flatMap(({ messageId }) => messageId ?? []);
    expect(named).toHaveLength(3);
    expect(run.rows.slice(0, 3).map(({ message_id }) => message_id)).toEqual(named);
  });
});

describe('an outage while it is asked', { timeout: TIMEOUT_MS }, () => {
  const storedAfterwards = async (recording: string): Promise<number> => {
    const { answers, rows } = await runService(recording, QUESTIONS.slice(0, 1), { outage: true });
    expect(answers).toEqual([expect.objectContaining({ status: 200, answer: 'North sold most, for 152572.70.' })]);
    return rows.length;
  };

  it('costs stage 1 its interactions', async () => {
    await expect(storedAfterwards('fetch')).resolves.toBe(0);
  });

  it.each(['sdk', 'opentelemetry'])('costs %s nothing', async (recording) => {
    await expect(storedAfterwards(recording)).resolves.toBe(1);
  });
});

it('a stage that does not exist is named, with those that do', async () => {
  const server = fileURLToPath(new URL('server.mjs', import.meta.url));
  const recording = fileURLToPath(new URL('recording.mjs', import.meta.url));
  const { code, stderr } = await runNode(['--import', recording, server], { STRIVED_RECORDING: 'fetch,otel' });
  expect(code).toBe(1);
  expect(stderr).toContain('STRIVED_RECORDING: expected some of fetch, sdk, opentelemetry, got "otel"');
});
