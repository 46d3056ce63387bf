/** `traceMultiStepFlow`: steps one after the other, below one span. */
import { ValidationError } from './errors.ts';
import { describe } from './option-reader.ts';
import { identityAttributes } from './trace-attributes.ts';
import type { Evaluation } from './trace-record.ts';
import { requireFunction, traceStep } from './trace-step.ts';
import { runTraced, type TraceSink } from './traced-span.ts';

type FreeObject = Readonly<Record<string, unknown>> | undefined;

export interface TraceFlowStep {
  readonly name: string;
  /** Gets the results of the steps before, in their order. */
  readonly func: (previousResults: unknown[]) => unknown;
  /** Default `REVIEW`. */
  readonly evaluation?: Evaluation | undefined;
  readonly metadata?: FreeObject;
  /** Further keys for this step's record. */
  readonly rest?: FreeObject;
}

/** Further keys go into the record of each step. */
export interface TraceFlowOptions {
  readonly flowName: string;
  readonly steps: readonly TraceFlowStep[];
  readonly user?: FreeObject;
  readonly org?: FreeObject;
  /** Default: that of the surrounding step or span, else a new one. */
  readonly traceId?: string | undefined;
  /** Default: the surrounding step or span, else none. */
  readonly parentSpanId?: string | undefined;
  readonly [key: string]: unknown;
}

export async function traceFlow(options: TraceFlowOptions, sink: TraceSink): Promise<unknown> {
  if (!Array.isArray((Object(options) as Partial<TraceFlowOptions>).steps))
    throw new ValidationError(
      `huggingplace: traceMultiStepFlow(): steps: expected a list of steps, got ${describe((Object(options) as Partial<TraceFlowOptions>).steps, true)}`,
    );
  const { flowName, steps, user, org, traceId, parentSpanId, ...further } = options;
  for (const step of steps) requireFunction(step, 'traceMultiStepFlow()', 'func', `func of step ${step.name}`);
  const run = async (): Promise<unknown> => {
    const results: unknown[] = [];
    for (const { name, func, evaluation = 'REVIEW', metadata, rest } of steps) {
      const previousSteps = results.map((result, index) => ({ step: steps[index]?.name, result }));
      const result = await traceStep(
        {
          ...further,
          ...rest,
          stepName: name,
          func: () => func([...results]),
          logs: { previousSteps },
          evaluation,
          metadata: { user, org, stepMetadata: metadata, flowName },
          userMetadata: user,
          orgData: org,
          customMetadata: metadata,
        },
        sink,
      );
      results.push(result);
    }
    return results.at(-1);
  };
  return await runTraced(
    {
      name: flowName,
      traceId,
      parentSpanId,
      run,
      attributes: () => identityAttributes(user, further),
      content: () => ({
        attributes: { ...further },
        log: { steps: steps.map(({ name }) => name) },
        metadata: { userMetadata: user, orgData: org, flowName, ...further },
      }),
    },
    sink,
  );
}
