/** Free keys of a record. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** Keys and values that stand in the record as they are: texts, numbers, booleans, or lists of one of them. `undefined` is left out. */
export interface Metadata {
  readonly [key: string]: AttributeValue | undefined;
}

/** Writes each key into `attributes` under the name that `attribute` gives it. */
export function putMetadata(
  attributes: Attributes,
  metadata: Metadata | undefined,
  attribute: (key: string) => string,
): void {
  for (const key in metadata) {
    const value = metadata[key];
    if (value !== undefined) attributes[attribute(key)] = value;
  }
}
