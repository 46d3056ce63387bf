/** A HuggingPlace on one's own machine. */
export { startDevServer } from './server.ts';
export type { AlertChange, AlertMetric, AlertRule } from './alerts.ts';
export type { DevServer } from './server.ts';
export type { DevServerOptions } from './options.ts';
export type { ReceivedRequest } from './recording.ts';
export type { Webhook } from './webhooks.ts';
