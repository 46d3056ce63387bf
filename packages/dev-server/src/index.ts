/** A HuggingPlace on one's own machine. */
export { startDevServer } from './server.ts';
export type { DevServer } from './server.ts';
export type { DevServerOptions } from './options.ts';
