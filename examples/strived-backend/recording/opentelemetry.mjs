// Stage 3: OpenTelemetry. The instrumentation sees the model calls, the helpers say what belongs together; nothing is noted, timed or posted here.
import { register } from 'node:module';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { startActiveInteraction, startActiveStep } from '@huggingplace/tracing';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { NodeSDK } from '@opentelemetry/sdk-node';

// Instrumentations see ES modules only through this hook. CommonJS needs none.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

const sdk = new NodeSDK({
  serviceName: 'strived-backend',
  ...huggingPlace(), // ← the one line. Key and organisation: HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID
  // Without `captureMessageContent` this instrumentation keeps prompts and answers to itself.
  instrumentations: [new HttpInstrumentation(), new OpenAIInstrumentation({ captureMessageContent: true })],
});
sdk.start();

export const recordInteraction = ({ question, ...facts }, work) =>
  startActiveInteraction('ask sales', { ...facts, userPrompt: question }, async (interaction) => {
    const result = await work();
    interaction.setResponse(result.answer);
    return result;
  });

export const recordStep = ({ name, ...facts }, work) => startActiveStep(name, facts, work);

/** The instrumentation has seen it. */
export const recordModelCall = (_request, work) => work();

export const closeRecording = () => sdk.shutdown();
