/** What a vocabulary's file gives. */
import type { MemberKind, Reading } from '../interaction/reading.ts';
import type { EndedSpan } from '../span.ts';

/**
 * One vocabulary. A span may speak several at once (a framework's beside OpenTelemetry's): each reads its own attributes only, the first in the
 * table that knows the span's kind decides it, and what that one leaves out the next ones fill in (`index.ts`).
 */
export interface Dialect {
  readonly name: string;
  /**
   * Looks at a key or two and opens nothing, for it is asked of every span, open ones too.
   * `undefined`: the span does not speak this dialect, or does not say yet.
   */
  kindOf(span: EndedSpan): MemberKind | undefined;
  /** True of a span of another vocabulary, or of none yet, to which this one adds: a vendor's processor marks the spans of all instrumentations. */
  adds?(span: EndedSpan): boolean;
  /** Reads the span as far as it goes. Never throws, whatever the attributes hold. */
  read(span: EndedSpan): Omit<Reading, 'kind'>;
}
