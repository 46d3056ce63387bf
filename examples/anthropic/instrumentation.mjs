// The OpenTelemetry set-up, loaded before the application: node --import ./instrumentation.mjs app.mjs
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { NodeSDK } from '@opentelemetry/sdk-node';

// Anthropic's client makes spans by itself, with prompts and answers when it is asked to. A client that is given `openTelemetry` does not read this.
process.env.ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE ??= 'content';

new NodeSDK({
  serviceName: 'anthropic-example',
  ...huggingPlace(), // ← the one line. Key and organisation: HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID
}).start();
