/** An application with tracing and our parts in this process, ended by the test. */
import { huggingPlace, type HuggingPlace, type HuggingPlaceOptions } from '@huggingplace/opentelemetry-exporter';
import type { DevServer } from '@huggingplace/dev-server';
import { type Attributes, ROOT_CONTEXT, type Span, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import type { Logger } from '@opentelemetry/api-logs';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

export interface Application {
  readonly hp: HuggingPlace;
  readonly tracer: Tracer;
  readonly logger: Logger;
  /** Ends both providers, as `NodeSDK.shutdown()` does. */
  end(): Promise<void>;
}

export function startApplication(options: HuggingPlaceOptions): Application {
  const hp = huggingPlace({ exitTimeoutMs: 0, ...options });
  const tracers = new BasicTracerProvider({ spanProcessors: hp.spanProcessors });
  const loggers = new LoggerProvider({ processors: hp.logRecordProcessors });
  return {
    hp,
    tracer: tracers.getTracer('application'),
    logger: loggers.getLogger('application'),
    end: async () => {
      await Promise.all([tracers.shutdown(), loggers.shutdown()]);
    },
  };
}

export const accountAt = ({ url, apiKey, orgId }: DevServer): HuggingPlaceOptions => ({ baseUrl: url, apiKey, orgId });

/** A request with one model call, which is one interaction of that session. */
export function ask({ tracer }: Application, sessionId: string, question = 'why?'): void {
  const root = tracer.startSpan('GET /ask', { kind: SpanKind.SERVER, attributes: { 'session.id': sessionId } });
  below(tracer, root, 'chat gpt-5', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.input.messages': message('user', question),
    'gen_ai.output.messages': message('assistant', 'because'),
  });
  root.end();
}

export const message = (role: string, content: string): string =>
  JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);

export function below(tracer: Tracer, parent: Span, name: string, attributes: Attributes): Span {
  const span = tracer.startSpan(name, { attributes }, trace.setSpan(ROOT_CONTEXT, parent));
  span.end();
  return span;
}
