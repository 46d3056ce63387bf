/** Whether the SDK's limit has cut texts of a span: plain text, other than JSON, does not show it. */
import type { EndedSpan } from '../span.ts';

/** @param limit of the SDK, in UTF-16 units; what has exactly that length ended there, but for a rare chance */
export const hasCutText = ({ attributes }: EndedSpan, limit: number | undefined): boolean =>
  limit !== undefined &&
  Object.values(attributes).some((value) =>
    (Array.isArray(value) ? (value as readonly unknown[]) : [value]).some(
      (text) => typeof text === 'string' && text.length === limit,
    ),
  );
