// Loads a package and says, as JSON, what that changed in the process: node import-probe.mjs <package> <import | require> [construct]
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';

const [name, how, construct] = process.argv.slice(2);
// Node loads some of its globals when they are first looked at; that is not the package's doing.
for (const key of Object.getOwnPropertyNames(globalThis)) Reflect.get(globalThis, key);

const state = () => ({
  globals: Reflect.ownKeys(globalThis).map(String),
  listeners: process.eventNames().map((event) => `${String(event)} ${process.listenerCount(event)}`),
  // What the process waits for: sockets, timers, threads.
  resources: process.getActiveResourcesInfo(),
});

const before = state();
const loaded = how === 'import' ? await import(name) : createRequire(import.meta.url)(name);
if (construct === 'construct') {
  const options = { apiKey: 'hp_local', orgId: 'local' };
  loaded.huggingPlace(options);
  new loaded.HuggingPlaceSpanExporter(options);
  // Code may be loaded ahead of its use.
  do await setImmediate();
  while (process.getActiveResourcesInfo().includes('FSReqPromise'));
}
const after = state();
const added = (kind) => after[kind].filter((entry) => !before[kind].includes(entry));
console.log(JSON.stringify(Object.fromEntries(Object.keys(after).map((kind) => [kind, added(kind)]))));
