/** `huggingPlace()`: the one place where the parts are put together. */
import { Connection, type Stats } from './connection.ts';
import { HuggingPlaceLogRecordProcessor } from './log-processor.ts';
import type { HuggingPlaceOptions } from './options.ts';
import { HuggingPlaceSpanProcessor } from './span-processor.ts';

export interface HuggingPlace {
  readonly spanProcessors: [HuggingPlaceSpanProcessor];
  readonly logRecordProcessors: [HuggingPlaceLogRecordProcessor];
  /** The account, in interactions; see `Stats`. */
  readonly stats: () => Stats;
  /** Delivers what is complete. In a serverless handler: awaited, it means delivered. */
  readonly forceFlush: () => Promise<void>;
  /** Delivers everything as it is, within `shutdownTimeoutMs`; the SDK's own `shutdown()` does the same. */
  readonly shutdown: () => Promise<void>;
}

/**
 * Everything for one registration, to be spread into the options of `NodeSDK`:
 *
 *     new NodeSDK({ ...huggingPlace(), instrumentations: [new OpenAIInstrumentation()] }).start();
 *
 * @throws ValidationError where an option is wrong, naming option, expectation and what was given
 */
export function huggingPlace(options: HuggingPlaceOptions = {}): HuggingPlace {
  const connection = new Connection(options, true);
  return {
    spanProcessors: [new HuggingPlaceSpanProcessor(connection)],
    logRecordProcessors: [new HuggingPlaceLogRecordProcessor(connection)],
    stats: () => connection.stats(),
    forceFlush: () => connection.forceFlush(),
    shutdown: () => connection.shutdown(),
  };
}
