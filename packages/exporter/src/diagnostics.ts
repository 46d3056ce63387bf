/** What is said to the operator, through OpenTelemetry's `diag`: each cause once, never content or keys. */
import { diag } from '@opentelemetry/api';

export class Diagnostics {
  readonly #said = new Set<string>();

  warnOnce(cause: string, message: string): void {
    if (this.#isNew(cause)) diag.warn(`huggingplace: ${message}`);
  }

  infoOnce(cause: string, message: string): void {
    if (this.#isNew(cause)) diag.info(`huggingplace: ${message}`);
  }

  #isNew(cause: string): boolean {
    if (this.#said.has(cause)) return false;
    this.#said.add(cause);
    return true;
  }
}

/** Whether anybody listens: `NodeSDK` sets its logger after its options were made. The API keeps it in its global object (API 1.x). */
export function isHeard(): boolean {
  const api: unknown = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));
  return typeof api === 'object' && api !== null && 'diag' in api && api.diag !== undefined;
}
