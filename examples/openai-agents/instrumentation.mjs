// The OpenTelemetry set-up, loaded before the application: node --import ./instrumentation.mjs app.mjs
import { OpenAIAgentsInstrumentation } from '@arizeai/openinference-instrumentation-openai-agents';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import * as agents from '@openai/agents';
import { NodeSDK } from '@opentelemetry/sdk-node';

new NodeSDK({
  serviceName: 'openai-agents-example',
  ...huggingPlace(), // ← the one line. Key and organisation: HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID
}).start();

// In the place of the SDK's own traces, which go to OpenAI; `{ exclusiveProcessor: false }` keeps both.
new OpenAIAgentsInstrumentation().manuallyInstrument(agents);
