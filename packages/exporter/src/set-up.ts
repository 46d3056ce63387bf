/** A look at the set-up around us, with the first span: whether the one line has silenced an exporter that was there before. Nothing else depends on it. */
import type { Settings } from './options.ts';

const MERGED = 'give NodeSDK your exporter in spanProcessors beside ours (README, "If you export already")';

export function noteSetUp(span: object, { exporterVariables, diagnostics }: Settings): void {
  if (!isOnlyProcessor(span)) return;
  if (exporterVariables.length > 0) {
    diagnostics.warnOnce(
      'set-up',
      `${exporterVariables.join(', ')} is set, but spanProcessors silences it: only HuggingPlace receives spans; ${MERGED}`,
    );
  } else
    diagnostics.infoOnce('set-up', `NodeSDK's default export to localhost:4318 is replaced; to keep it, ${MERGED}`);
}

/** Private fields of the SDKs: 1.30 and later keep all processors behind one in each span. Where it looks otherwise, nothing is known. */
function isOnlyProcessor(span: object): boolean {
  const all: unknown = Reflect.get(Object(Reflect.get(span, '_spanProcessor')) as object, '_spanProcessors');
  return Array.isArray(all) && all.length === 1;
}
