/** `traceStep`: any function as a step. */
import { ValidationError } from './errors.ts';
import { attributesOf, identityAttributes, textOf } from './trace-attributes.ts';
import type { Evaluation } from './trace-record.ts';
import { runTraced, type TraceSink } from './traced-span.ts';

type FreeObject = Readonly<Record<string, unknown>> | undefined;

/** Further keys go into the record's attributes, logs and metadata. */
export interface TraceStepOptions<T = unknown> {
  readonly stepName: string;
  readonly func: () => T | Promise<T>;
  /** Default: that of the surrounding step or span, else a new one. */
  readonly traceId?: string | undefined;
  /** Default: the surrounding step or span, else none. */
  readonly parentSpanId?: string | undefined;
  readonly logs?: FreeObject;
  readonly attributes?: FreeObject;
  /** What is recorded where the function does not throw. Default `OK`. */
  readonly status?: 'OK' | 'ERROR' | undefined;
  readonly evaluation?: Evaluation | undefined;
  readonly metadata?: FreeObject;
  readonly userMetadata?: FreeObject;
  readonly orgData?: FreeObject;
  readonly llmData?: FreeObject;
  readonly customMetadata?: FreeObject;
  readonly [key: string]: unknown;
}

export async function traceStep<T>(options: TraceStepOptions<T>, sink: TraceSink): Promise<T> {
  requireFunction(options, 'traceStep()', 'func');
  const { stepName, func, traceId, parentSpanId, status, ...described } = options;
  const { logs, attributes, evaluation, metadata, userMetadata, orgData, llmData, customMetadata, ...further } =
    described;
  return await runTraced(
    {
      name: stepName,
      traceId,
      parentSpanId,
      status,
      run: func,
      attributes: () => ({
        'huggingplace.span.kind': 'step',
        ...attributesOf(attributes),
        ...attributesOf({ evaluation, tags: further['tags'] }, 'huggingplace.metadata.'),
        ...identityAttributes(userMetadata, further),
      }),
      resultAttributes: (result) => (result === undefined ? {} : { 'huggingplace.step.output': textOf(result) }),
      content: () => ({
        attributes: { ...attributes, evaluation, ...llmData, ...further },
        log: { ...logs, ...llmData, ...further },
        metadata: { ...metadata, userMetadata, orgData, llmData, ...customMetadata, ...further },
      }),
    },
    sink,
  );
}

/** @throws ValidationError naming what was expected */
export function requireFunction(options: unknown, call: string, name: string, label = name): void {
  const value: unknown = Reflect.get(Object(options) as object, name);
  if (typeof value !== 'function')
    throw new ValidationError(`huggingplace: ${call}: ${label}: expected a function, got ${typeof value}`);
}
