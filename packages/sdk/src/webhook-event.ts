/** What webhooks are told. Never content, never a key. */
import type { DropReason } from './account.ts';

export const WEBHOOK_EVENTS = [
  /** Three attempts in a row have failed: nothing gets through. */
  'delivery.failing',
  /** Something got through again. */
  'delivery.recovered',
  /** The backend refuses the key. */
  'authentication.failed',
  /** It takes the key again. */
  'authentication.recovered',
  /** More attempts fail than the threshold allows, in the last five minutes. */
  'error_rate.high',
  'error_rate.normal',
  /** One attempt in twenty takes longer than the threshold, in the last five minutes. */
  'latency.high',
  'latency.normal',
  /** Interactions were dropped: at once, then at most once a minute. */
  'interaction.dropped',
] as const;

export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

export interface WebhookEvent {
  readonly type: WebhookEventType;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: WebhookEventData;
}

export interface WebhookEventData {
  readonly orgId: string | number | undefined;
  /** Why attempts fail: an error's `code` and HTTP status. */
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  /** From 0 to 1: of attempts that failed, or that took longer than the threshold. */
  readonly rate?: number;
  /** The rate, or the milliseconds, beyond which it is high. */
  readonly threshold?: number;
  /** Attempts that were looked at. */
  readonly attempts?: number;
  /** Interactions by reason, since the last such event. */
  readonly dropped?: Readonly<Partial<Record<DropReason, number>>>;
}
