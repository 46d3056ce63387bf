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
  const responseTimes: number[] = [];
  const buckets = new Map<number, { sums: Sums; responseTimes: number[] }>();

  for (let row = 0; row < facts.length; row++) {
    const at = numbers.at[row] ?? NaN;
    if (!(at >= from) || (wantedMode !== undefined && names.mode[row] !== wantedMode)) continue;
    const start = Math.floor(at / bucketMs) * bucketMs;
    let bucket = buckets.get(start);
    if (!bucket) buckets.set(start, (bucket = { sums: new Sums(), responseTimes: [] }));
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
      responseTimes.push(responseTimeMs);
      bucket.responseTimes.push(responseTimeMs);
      sums.timed += 1;
      sums.responseTimeMs += responseTimeMs;
    }
    if (hasFailed) errors.set(names.errorType[row] ?? 0, (errors.get(names.errorType[row] ?? 0) ?? 0) + 1);
    const [user, session] = [names.user[row] ?? 0, names.session[row] ?? 0];
    if (user !== 0) users.add(user);
    if (session !== 0) sessions.add(session);
  }

  return {
    timeline: [...buckets]
      .sort(([a], [b]) => a - b)
      .map(([start, { sums, responseTimes: ofBucket }]) => ({
        at: new Date(start).toISOString(),
        interactions: sums.interactions,
        failed: sums.failed,
        responseTimeMs: percentiles(ofBucket),
      })),
    totals: {
      ...totals.counts,
      users: users.size,
      sessions: sessions.size,
      responseTimeMs: percentiles(responseTimes),
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

/** Interpolated between neighbours, as `percentile_cont` does. */
function percentiles(unordered: readonly number[]): { p50: number | null; p95: number | null; p99: number | null } {
  const values = Float64Array.from(unordered).sort();
  const at = (share: number): number | null => {
    const place = share * (values.length - 1);
    const [lower, upper] = [values[Math.floor(place)], values[Math.ceil(place)]];
    return lower === undefined || upper === undefined ? null : lower + (upper - lower) * (place % 1);
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
