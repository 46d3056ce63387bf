/**
 * What this package is where Node.js is not: in edge runtimes and browsers (conditions `workerd`, `edge-light`, `browser`). The same names, so that one
 * set-up builds for both sides. Nothing is held or sent, and that is said once.
 */
import type { Stats } from './connection.ts';
import { Diagnostics, isHeard } from './diagnostics.ts';

export { redactPii } from './payload/redact-pii.ts';

const diagnostics = new Diagnostics();
const sayThatNothingIsSent = (): void =>
  diagnostics.warnOnce(
    'edge',
    'nothing is sent from an edge runtime or a browser: there is no Node.js here; run what calls the model on Node.js',
  );

const NOTHING: Stats = Object.freeze({
  ...{ seen: 0, open: 0, queued: 0, delivered: 0, spooled: 0, deadLettered: 0, dropped: Object.freeze({}) },
  ...{ late: 0, ignored: 0, malformed: 0 },
});

class Idle {
  /** At the construction if somebody listens by then, else with the first span. */
  constructor() {
    if (isHeard()) sayThatNothingIsSent();
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

export class HuggingPlaceSpanProcessor extends Idle {
  onStart(): void {
    sayThatNothingIsSent();
  }

  onEnd(): void {
    // Nothing is held.
  }
}

export class HuggingPlaceLogRecordProcessor extends Idle {
  onEmit(): void {
    // Nothing is held.
  }
}

export class HuggingPlaceSpanExporter extends Idle {
  /** A success: a failure would be reported again and again. */
  export(_spans: unknown, resultCallback: (result: { readonly code: 0 }) => void): void {
    sayThatNothingIsSent();
    resultCallback({ code: 0 });
  }

  stats(): Stats {
    return NOTHING;
  }
}

export function huggingPlace(): object {
  const idle = new HuggingPlaceSpanProcessor();
  return {
    spanProcessors: [idle],
    logRecordProcessors: [new HuggingPlaceLogRecordProcessor()],
    stats: () => NOTHING,
    forceFlush: () => idle.forceFlush(),
    shutdown: () => idle.shutdown(),
  };
}
