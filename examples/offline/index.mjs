export { askAsTwoUsers } from './client.mjs';
export { EXPECTED } from './plot.mjs';
export { runExample } from './run-example.mjs';
