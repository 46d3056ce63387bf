// The OpenTelemetry set-up, loaded before the application: node --import ./instrumentation.mjs app.mjs
import { LangChainInstrumentation } from '@arizeai/openinference-instrumentation-langchain';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import * as CallbackManagerModule from '@langchain/core/callbacks/manager';
import { NodeSDK } from '@opentelemetry/sdk-node';

new NodeSDK({
  serviceName: 'langchain-example',
  ...huggingPlace(), // ← the one line. Key and organisation: HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID
}).start();

// LangChain is instrumented by hand: this instrumentation does not find it by itself.
new LangChainInstrumentation().manuallyInstrument(CallbackManagerModule);
