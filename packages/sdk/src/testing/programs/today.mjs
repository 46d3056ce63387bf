// A program as it is written for the SDK that exists today: every call of its README, as a module. Run against the package as it is built.
import { HuggingPlace } from 'huggingplace-sdk';

const [, , baseUrl, apiKey, orgId] = process.argv;
const huggingplace = new HuggingPlace({ apiKey, orgId, mode: 'dev', baseUrl, timeout: 10000, silent: false });

// Quick start, in camelCase.
await huggingplace.log({
  userPrompt: 'Which city?',
  response: 'Paris.',
  metadata: { sessionId: 'quick-session', userId: 'quick-user' },
});

// All fields in the wire's spelling.
const whole = {
  user_prompt: 'How many sales?',
  ai_response: 'There were 1,245.',
  response: 'There were 1,245.',
  user_uuid: 'whole-user',
  session_id: 'whole-session',
  file_name: 'sales.csv',
  llm_model: 'gpt-4o',
  llm_model2: 'gpt-4o-mini',
  token_count: 350,
  response_time: '0 min 2.30 sec',
  message_id: 'whole-message',
  metaData: { sessionId: 'whole-session', likes: 1, dislikes: 0, messageId: 'whole-message', recommendationId: 'r-1' },
  user_meta_data: { email: 'user@example.com', username: 'john', orgName: 'Example' },
  org_uuid: 'org-202',
  org_id: 456,
  step_data: [
    {
      step_name: 'sql_generation',
      status: 'completed',
      time_ms: 1500,
      userQuestion: 'Write the query',
      promptResponse: 'SELECT COUNT(*) FROM sales',
      token: 150,
      responseTime: '0 min 1.50 sec',
      inputTokens: 50,
      outputTokens: 100,
      llmModel: 'gpt-4o',
    },
  ],
  user_roles: ['admin', 'developer'],
  mapping_table: 'mappings_org_202',
};
await huggingplace.log(whole);

// Mixed spellings, a lone role.
await huggingplace.log({
  user_prompt: 'Mixed?',
  ai_response: 'Mixed.',
  userRoles: 'admin',
  orgUuid: 'org-303',
  mappingTable: 'mappings_org_303',
});

await huggingplace.logStep({
  step_name: 'validation',
  status: 'completed',
  time_ms: 900,
  userQuestion: 'Is it safe?',
  promptResponse: 'It is.',
  llmModel: 'gpt-4o',
  token: 120,
  responseTime: '0 min 0.90 sec',
  inputTokens: 40,
  outputTokens: 80,
});

const session = huggingplace.startSession('conversation-1', {
  metaData: { conversationType: 'support' },
  user_meta_data: { email: 'user@example.com' },
});
await session.log({ userPrompt: 'First?', response: 'One.', metadata: { step: 1 } });
await session.log({ user_prompt: 'Second?', ai_response: 'Two.', session_id: 'another-conversation' });

const answer = await huggingplace.logWithTiming('Timed?', async () => 'In time.', {
  session_id: 'timed-session',
  llm_model: 'gpt-4o',
  metaData: { source: 'readme' },
});
if (answer !== 'In time.') throw new Error('the answer has changed');

if ('apiKey' in huggingplace.getConfig()) throw new Error('the key is shown');
huggingplace.updateConfig({ timeout: 15000, mode: 'dev' });
if (!(await huggingplace.testConnection())) throw new Error('no connection');

// Tracing, as on the unmerged branch.
await huggingplace.traceStep({
  stepName: 'Data Processing',
  func: async () => ({ processed: true }),
  userMetadata: { userId: 'user-123' },
  orgData: { orgId: 'org-456' },
  tags: ['example'],
});
const last = await huggingplace.traceMultiStepFlow({
  flowName: 'Analysis',
  user: { userId: 'user-123' },
  org: { orgId: 'org-456' },
  steps: [
    { name: 'Collect', func: async () => ({ items: [1, 2] }), evaluation: 'APPROVED', rest: { source: 'form' } },
    { name: 'Count', func: async (previous) => previous[0].items.length, metadata: { stepType: 'count' } },
  ],
});
if (last !== 2) throw new Error('the flow gave something else');
await huggingplace.traceLLM({
  prompt: 'Traced?',
  llmFunction: async () => ({ responseText: 'Yes.', finishReason: 'stop', inputTokens: 3, outputTokens: 1 }),
  user: { userId: 'user-123' },
  llmMetadata: { model: 'gpt-4', provider: 'openai' },
});
