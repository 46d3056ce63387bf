/** Facts over a stretch of time → what the dashboard shows of them. */
import type { Facts } from './facts.ts';
import type { Dashboard } from './page-contract.ts';

export type Figures = Pick<Dashboard, 'totals' | 'timeline' | 'models' | 'errors'>;

const MAX_MODELS = 20;
const MAX_ERROR_TYPES = 20;

export interface Stretch {
  /** Milliseconds since 1970. */
  from: number;
  bucketSeconds: number;
  /** Only interactions of this mode. */
  mode?: string | undefined;
}

export function figuresOf(facts: Facts, { from, bucketSeconds, mode }: Stretch): Figures {
  const { numbers, names, dictionaries, failed } = facts;
  const wantedMode = mode === undefined ? undefined : dictionaries.mode.indexOf(mode);
  const bucketMs = bucketSeconds * 1_000;
  const totals = new Sums();
  const models = new Map<number, ModelSums>();
  const errors = new Map<number, number>();
  const users = new Set<number>();
  const sessions = new Set<number>();
  const responseTimes = new Float64Array(facts.length - facts.rowAt(from));
  let timed = 0;
  const buckets: { at: number; sums: Sums; firstTimed: number }[] = [];

  for (let row = facts.rowAt(from); row < facts.length; row++) {
    if (wantedMode !== undefined && names.mode[row] !== wantedMode) continue;
    const at = Math.floor((numbers.at[row] ?? 0) / bucketMs) * bucketMs;
    let bucket = buckets.at(-1);
    // Rows are ordered by time: those of a bucket stand together.
    if (bucket?.at !== at) buckets.push((bucket = { at, sums: new Sums(), firstTimed: timed }));
    const model = names.model[row] ?? 0;
    let sums = models.get(model);
    if (!sums) models.set(model, (sums = new ModelSums()));

    const hasFailed = failed[row] === 1;
    const tokens = known(numbers.tokens[row]);
    totals.add(hasFailed, tokens);
    bucket.sums.add(hasFailed, tokens);
    sums.add(hasFailed, tokens);
    sums.inputTokens += known(numbers.inputTokens[row]);
    sums.outputTokens += known(numbers.outputTokens[row]);
    const responseTimeMs = numbers.responseTimeMs[row] ?? NaN;
    if (!Number.isNaN(responseTimeMs)) {
      responseTimes[timed++] = responseTimeMs;
      sums.timed += 1;
      sums.responseTimeMs += responseTimeMs;
    }
    if (hasFailed) errors.set(names.errorType[row] ?? 0, (errors.get(names.errorType[row] ?? 0) ?? 0) + 1);
    const [user, session] = [names.user[row] ?? 0, names.session[row] ?? 0];
    if (user !== 0) users.add(user);
    if (session !== 0) sessions.add(session);
  }

  return {
    timeline: buckets.map(({ at, sums, firstTimed }, index) => ({
      at: new Date(at).toISOString(),
      interactions: sums.interactions,
      failed: sums.failed,
      responseTimeMs: percentiles(responseTimes.slice(firstTimed, buckets[index + 1]?.firstTimed ?? timed)),
    })),
    totals: {
      ...totals.counts,
      users: users.size,
      sessions: sessions.size,
      responseTimeMs: percentiles(responseTimes.subarray(0, timed)),
    },
    models: [...models]
      .sort(([, a], [, b]) => b.tokens - a.tokens || b.interactions - a.interactions)
      .slice(0, MAX_MODELS)
      .map(([model, sums]) => ({
        model: dictionaries.model.texts[model] ?? null,
        ...sums.counts,
        inputTokens: sums.inputTokens,
        outputTokens: sums.outputTokens,
        meanResponseTimeMs: sums.timed === 0 ? null : sums.responseTimeMs / sums.timed,
      })),
    errors: [...errors]
      .map(([type, interactions]) => ({ type: dictionaries.errorType.texts[type] ?? 'unknown', interactions }))
      .sort((a, b) => b.interactions - a.interactions || (a.type < b.type ? -1 : 1))
      .slice(0, MAX_ERROR_TYPES),
  };
}

class Sums {
  interactions = 0;
  failed = 0;
  tokens = 0;

  add(hasFailed: boolean, tokens: number): void {
    this.interactions += 1;
    this.failed += Number(hasFailed);
    this.tokens += tokens;
  }

  get counts() {
    return { interactions: this.interactions, failed: this.failed, tokens: this.tokens };
  }
}

class ModelSums extends Sums {
  inputTokens = 0;
  outputTokens = 0;
  timed = 0;
  responseTimeMs = 0;
}

const known = (value: number | undefined): number => (value === undefined || Number.isNaN(value) ? 0 : value);

/** Interpolated between neighbours, as `percentile_cont` does. Sorts what it is given. */
function percentiles(values: Float64Array): { p50: number | null; p95: number | null; p99: number | null } {
  values.sort();
  const at = (share: number): number | null => {
    const place = share * (values.length - 1);
    const [lower, upper] = [values[Math.floor(place)], values[Math.ceil(place)]];
    return lower === undefined || upper === undefined ? null : lower + (upper - lower) * (place % 1);
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
