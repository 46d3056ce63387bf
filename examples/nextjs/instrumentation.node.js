// The OpenTelemetry set-up.
import { OpenTelemetry } from '@ai-sdk/otel';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { registerTelemetry } from 'ai';

new NodeSDK({
  serviceName: 'nextjs-example',
  ...huggingPlace(), // ← the one line. Key and organisation: HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID
}).start();

// The AI SDK makes its spans itself.
registerTelemetry(new OpenTelemetry());
