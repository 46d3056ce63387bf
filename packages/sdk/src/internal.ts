// For the other packages of this repository: what stands here follows no semantic versioning.
export { Delivery, type DeliveryParts, type FlushResult } from './delivery.ts';
export { Client } from './client.ts';
export { backoffMs } from './retry.ts';
export type { DeliveryStats, DropCounts, DropReason } from './account.ts';
export { installExitHooks, type ExitMember } from './exit.ts';
export { resolveDeliveryOptions, type Credentials, type DeliveryOptions, type DeliverySettings } from './options.ts';
export { OptionReader, type Environment, type OptionRule } from './option-reader.ts';
export { boundPayload, shortenPayload, type PayloadLimits } from './bounds.ts';
export { maskPayload, type Mask } from './mask.ts';
export { storableText, toJsonValue } from './json.ts';
export { responseTimeText } from './response-time.ts';
