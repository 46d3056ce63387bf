/**
 * The exporters of this process that see spans, for whoever makes some and wants to know whether they become records by themselves
 * (`traceLLM` of `huggingplace-sdk`). The set is shared by all copies of this module.
 */
const KEY = Symbol.for('huggingplace.exporters');

/** With the first span, and not before. Returns the function that takes it back. */
export function registerExporter(exporter: object): () => void {
  const shared: unknown = Reflect.get(globalThis, KEY);
  const exporters: Set<unknown> = shared instanceof Set ? shared : new Set();
  if (exporters !== shared) Reflect.set(globalThis, KEY, exporters);
  exporters.add(exporter);
  return () => void exporters.delete(exporter);
}
