/** Functions that are steps wherever they are called. */
import { openStep } from './step.ts';
import type { StepOptions } from './step.ts';

export interface WithStepOptions extends Omit<StepOptions, 'input'> {
  /** The step's name. Default: the function's. */
  readonly name?: string | undefined;
  /** `false`: the arguments are not taken as the input. Default: text and plain data are; of an instance of a class only its name is kept. */
  readonly captureArguments?: boolean | undefined;
}

/**
 * The same function, each call of it a step: `this`, arguments, result and errors are passed on as they are. The input is the arguments, a lone one as
 * itself; the output is the result, as with `startActiveStep`.
 */
export function withStep<Fn extends (...args: never[]) => unknown>(fn: Fn, options: WithStepOptions = {}): Fn {
  const name = options.name || fn.name || 'step';
  const step = function (this: unknown, ...args: never[]): unknown {
    const opened = openStep(name, options);
    if (options.captureArguments !== false && args.length > 0)
      opened.setInput(args.length === 1 ? args[0] : args, true);
    return opened.runToEnd(() => fn.apply(this, args));
  };
  Object.defineProperty(step, 'name', { value: fn.name });
  Object.defineProperty(step, 'length', { value: fn.length });
  return step as Fn;
}
