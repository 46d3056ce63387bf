// The OpenTelemetry set-up, loaded before the application: node --import ./instrumentation.mjs app.mjs
import { register } from 'node:module';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { NodeSDK } from '@opentelemetry/sdk-node';

// Instrumentations see ES modules only through this hook. CommonJS needs none.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

new NodeSDK({
  serviceName: 'openai-example',
  ...huggingPlace(), // ← the one line. Key and organisation: HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID
  // Without `captureMessageContent` this instrumentation keeps prompts and answers to itself.
  instrumentations: [new OpenAIInstrumentation({ captureMessageContent: true })],
}).start();
