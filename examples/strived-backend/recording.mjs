// Which stage of the migration records: STRIVED_RECORDING=fetch, sdk or opentelemetry; several, with commas, record side by side.
// Loaded before the application (node --import ./recording.mjs server.mjs): instrumentations see only what is loaded after them.

/** The three stages do the same three things, each by its own means. */
const STAGES = {
  fetch: () => import('./recording/fetch.mjs'),
  sdk: () => import('./recording/sdk.mjs'),
  opentelemetry: () => import('./recording/opentelemetry.mjs'),
};

const chosen = (process.env.STRIVED_RECORDING || 'opentelemetry').split(',');
const unknown = chosen.find((name) => !Object.hasOwn(STAGES, name));
if (unknown !== undefined)
  throw new Error(`STRIVED_RECORDING: expected some of ${Object.keys(STAGES).join(', ')}, got "${unknown}"`);
const stages = await Promise.all(chosen.map((name) => STAGES[name]()));

/** Each stage is wrapped around the work, the first one outermost; the work's own result comes back. */
const throughAll = (action) => (facts, work) =>
  stages.reduceRight((inner, stage) => () => stage[action](facts, inner), work)();

/** One question and its answer. `work` gives an object with the `answer`. */
export const recordInteraction = throughAll('recordInteraction');
/** Something on the way to the answer. */
export const recordStep = throughAll('recordStep');
/** A call of a model: `work` gives OpenAI's completion. */
export const recordModelCall = throughAll('recordModelCall');
/** What was recorded is delivered, as far as the stage can tell. */
export const closeRecording = () => Promise.all(stages.map((stage) => stage.closeRecording()));
