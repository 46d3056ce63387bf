export { huggingPlace, type HuggingPlace } from './huggingplace.ts';
export { HuggingPlaceSpanExporter } from './exporter.ts';
export { HuggingPlaceSpanProcessor } from './span-processor.ts';
export { HuggingPlaceLogRecordProcessor } from './log-processor.ts';
export { redactPii } from './payload/redact-pii.ts';
export type { Stats } from './connection.ts';
export type { HuggingPlaceOptions } from './options.ts';
