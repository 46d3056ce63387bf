/** What people say about an interaction, during it or long after. */
import type { Span } from '@opentelemetry/api';
import { EVENT_HUGGINGPLACE_FEEDBACK } from './attributes.ts';
import { putNamed } from './named-attributes.ts';

export interface Feedback {
  /** The interaction's `messageId`. */
  readonly messageId: string;
  readonly likes?: number | undefined;
  readonly dislikes?: number | undefined;
  readonly score?: number | undefined;
  readonly comment?: string | undefined;
  readonly evaluation?: 'REVIEW' | 'APPROVED' | 'REJECTED' | undefined;
}

/** Why feedback was not taken. */
export type FeedbackRefusal =
  /** It says nothing. */
  | 'empty'
  /** The interaction is not open in this process, and no exporter that takes feedback is registered. */
  | 'no_exporter'
  /** The interaction has left, and the option `feedbackPath` is not set: its record cannot be changed. */
  | 'not_configured'
  /** The backend knows no interaction of that id. */
  | 'unknown_message'
  /** The backend refused it. */
  | 'rejected'
  /** The backend could not be reached, or the exporter failed. */
  | 'failed';

export type FeedbackOutcome =
  /** It is in the interaction's record, which has not left yet. */
  | { readonly status: 'recorded' }
  /** It was added to the record that had left. */
  | { readonly status: 'delivered' }
  | { readonly status: 'refused'; readonly reason: FeedbackRefusal; readonly message?: string };

/**
 * Takes feedback for interactions that this package does not hold open any more. Whoever can (the exporter) puts one at
 * `globalThis[Symbol.for('huggingplace.feedback')]`, and takes it away at its shutdown. It answers `recorded` while it still holds the interaction,
 * `delivered` once the backend has taken the feedback, else `refused`. It gets the fields that say something and no others.
 */
export type FeedbackSink = (feedback: Feedback) => FeedbackOutcome | Promise<FeedbackOutcome>;

const SINK: unique symbol = Symbol.for('huggingplace.feedback');
const OPEN_INTERACTIONS: unique symbol = Symbol.for('huggingplace.open_interactions');
/** Of interactions that are never ended the oldest are forgotten. */
const MAX_OPEN_INTERACTIONS = 10_000;

/** Shared by all copies of this package: one may be an ES module, another CommonJS. */
const shared = globalThis as typeof globalThis & {
  [SINK]: unknown;
  [OPEN_INTERACTIONS]: Map<string, Span> | undefined;
};
const openInteractions = (): Map<string, Span> => (shared[OPEN_INTERACTIONS] ??= new Map<string, Span>());

export function rememberOpen(messageId: string, span: Span): void {
  const open = openInteractions().set(messageId, span);
  const [oldest] = open.size > MAX_OPEN_INTERACTIONS ? open.keys() : [];
  if (oldest !== undefined) open.delete(oldest);
}

/** A step has the id of its interaction, but not its span. */
export function forgetOpen(messageId: string | undefined, span: Span): void {
  if (messageId !== undefined && openInteractions().get(messageId) === span) openInteractions().delete(messageId);
}

/**
 * Adds feedback to an interaction: to its record while that is open, else through the exporter, where its option `feedbackPath` is set. Never makes
 * a second interaction, and never rejects: what became of it is the outcome.
 */
export async function recordFeedback(feedback: Feedback): Promise<FeedbackOutcome> {
  const attributes = putNamed({}, feedback, FIELDS);
  if (Object.keys(attributes).length === 0) return { status: 'refused', reason: 'empty' };
  const span = openInteractions().get(feedback.messageId);
  if (span?.isRecording()) {
    span.addEvent(EVENT_HUGGINGPLACE_FEEDBACK, attributes);
    return { status: 'recorded' };
  }
  const sink = shared[SINK];
  if (typeof sink !== 'function') return { status: 'refused', reason: 'no_exporter' };
  try {
    return await (sink as FeedbackSink)({ messageId: feedback.messageId, ...attributes });
  } catch (error) {
    return { status: 'refused', reason: 'failed', message: String(error) };
  }
}

/** As attributes of the event, and as fields for the sink. */
const FIELDS = { likes: 'likes', dislikes: 'dislikes', score: 'score', comment: 'comment', evaluation: 'evaluation' };
