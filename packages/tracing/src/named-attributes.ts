/** From values to attributes of a span, under the names that those have there. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** Keys and values that stand in the record as they are: texts, numbers, booleans, or lists of one of them. `undefined` is left out. */
export interface Metadata {
  readonly [key: string]: AttributeValue | undefined;
}

/** Writes those of `values` that `names` has a name for and that say something: `undefined`, `''` and `NaN` don't. */
export function putNamed<Key extends string>(
  attributes: Attributes,
  values: { readonly [Name in NoInfer<Key>]?: AttributeValue | undefined },
  names: Readonly<Record<Key, string>>,
): Attributes {
  for (const key in names) {
    const value = values[key];
    if (value !== undefined && value !== '' && !Number.isNaN(value)) attributes[names[key]] = value;
  }
  return attributes;
}

/** Writes every key of `metadata`, under the name that `nameOf` makes of it. */
export function putMetadata(
  attributes: Attributes,
  metadata: Metadata | undefined,
  nameOf: (key: string) => string,
): Attributes {
  for (const key in metadata) {
    const value = metadata[key];
    if (value !== undefined) attributes[nameOf(key)] = value;
  }
  return attributes;
}
