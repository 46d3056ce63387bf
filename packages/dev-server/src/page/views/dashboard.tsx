/** How it goes: how much, how well, how fast, what it costs. */
import { RANGES } from './ranges.ts';
import type { Dashboard } from '../../page-contract.ts';
import { address, go, hrefTo, hrefWith, parameter } from '../address.ts';
import { get } from '../api.ts';
import { count, duration, percent, shortCount } from '../format.ts';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { type Series, TimeChart } from '../parts/time-chart.tsx';
import { Await, Empty } from '../parts/state.tsx';
import { useAnswer } from '../use-answer.ts';

const REFRESH_MS = 3_000;

export function DashboardView() {
  const range = parameter('range') ?? '24h';
  const parameters = { org: parameter('org'), mode: parameter('mode'), range };
  const answered = useAnswer(JSON.stringify(parameters), (signal) => get('dashboard', parameters, signal), REFRESH_MS);
  return (
    <section class="dashboard" aria-label="Figures" key={address.value.path}>
      <header>
        <h1>Dashboard</h1>
        <div class="switch" role="group" aria-label="Time">
          {RANGES.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={range === one}
              onClick={() => go(hrefWith({ range: one }), { replace: true })}
            >
              {one}
            </button>
          ))}
        </div>
      </header>
      <Await answered={answered}>{(figures) => <Figures figures={figures} range={range} />}</Await>
    </section>
  );
}

function Figures({ figures, range }: { figures: Dashboard; range: string }) {
  const { totals, timeline, bucketSeconds, alerts } = figures;
  const buckets = bucketsOf(figures);
  const minutes = bucketSeconds / 60;
  const at = new Map(timeline.map((entry) => [Date.parse(entry.at), entry]));
  const series = (
    name: string,
    color: string,
    read: (entry: Dashboard['timeline'][number]) => number | null,
  ): Series => ({
    name,
    color,
    values: buckets.map((bucket) => {
      const entry = at.get(bucket.getTime());
      return entry ? read(entry) : null;
    }),
  });
  return (
    <>
      {alerts.map((alert) => (
        <div key={`${alert.metric}>${alert.threshold}/${alert.windowSeconds}`} class="notice failed" role="alert">
          <strong>
            <Icon name="alert" /> {alert.metric.replaceAll('_', ' ')}
          </strong>
          <p>
            {decimal(alert.value)}, above {decimal(alert.threshold)} in the last {alert.windowSeconds} s
          </p>
        </div>
      ))}
      <dl class="cards">
        <Card
          name="Interactions"
          value={shortCount(totals.interactions)}
          note={`${decimal(totals.interactions / rangeMinutes(figures))} a minute`}
        />
        <Card
          name="Success"
          value={totals.interactions === 0 ? '–' : percent(1 - totals.failed / totals.interactions)}
          note={`${count(totals.failed)} failed`}
          tone={totals.failed > 0 ? 'failed' : ''}
        />
        <Card
          name="Response time"
          value={duration(totals.responseTimeMs.p50)}
          note={`median; p95 ${duration(totals.responseTimeMs.p95)}, p99 ${duration(totals.responseTimeMs.p99)}`}
        />
        <Card
          name="Tokens"
          value={shortCount(totals.tokens)}
          note={`${shortCount(totals.interactions === 0 ? 0 : totals.tokens / totals.interactions)} each`}
        />
        <Card name="Users" value={shortCount(totals.users)} note={`${count(totals.sessions)} conversations`} />
      </dl>
      {totals.interactions === 0 ? (
        <Empty title="Nothing in this time" />
      ) : (
        <div class="charts">
          <TimeChart
            title="Interactions a minute"
            kind="bars"
            buckets={buckets}
            bucketSeconds={bucketSeconds}
            format={decimal}
            series={[
              series('Answered', 'var(--good)', (entry) => (entry.interactions - entry.failed) / minutes),
              series('Failed', 'var(--bad)', (entry) => entry.failed / minutes),
            ]}
          />
          <TimeChart
            title="Response time"
            kind="lines"
            buckets={buckets}
            bucketSeconds={bucketSeconds}
            format={duration}
            series={[
              series('p50', 'var(--llm)', (entry) => entry.responseTimeMs.p50),
              series('p95', 'var(--tool)', (entry) => entry.responseTimeMs.p95),
              series('p99', 'var(--accent)', (entry) => entry.responseTimeMs.p99),
            ]}
          />
          <Models figures={figures} range={range} />
          <Errors figures={figures} range={range} />
        </div>
      )}
    </>
  );
}

function Card({ name, value, note, tone = '' }: { name: string; value: string; note: string; tone?: string }) {
  return (
    <div class={`card ${tone}`}>
      <dt>{name}</dt>
      <dd class="number">{value}</dd>
      <dd class="faint">{note}</dd>
    </div>
  );
}

function Models({ figures, range }: { figures: Dashboard; range: string }) {
  const most = Math.max(...figures.models.map((model) => model.tokens), 1);
  return (
    <section class="chart" aria-label="Tokens by model">
      <header>
        <h2>Tokens by model</h2>
        <span class="legend">
          <i class="key input" /> in <i class="key output" /> out
        </span>
      </header>
      <ol class="ranking">
        {figures.models.map((model) => {
          // Of a total without its parts nobody knows which is which: it is drawn as input.
          const output = Math.min(model.outputTokens, model.tokens);
          return (
            <li key={model.model}>
              <Link href={hrefTo('/', { model: model.model ?? undefined, range })}>
                <span class="ranking-name">{model.model ?? 'unknown'}</span>
                <span class="ranking-note faint">
                  {shortCount(model.interactions)} × {duration(model.meanResponseTimeMs)}
                </span>
                <span class="number">{shortCount(model.tokens)}</span>
                <span class="ranking-bar">
                  <i class="input" style={{ width: `${((model.tokens - output) / most) * 100}%` }} />
                  <i class="output" style={{ width: `${(output / most) * 100}%` }} />
                </span>
              </Link>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Errors({ figures, range }: { figures: Dashboard; range: string }) {
  const most = Math.max(...figures.errors.map((error) => error.interactions), 1);
  return (
    <section class="chart" aria-label="Errors by type">
      <header>
        <h2>Errors by type</h2>
      </header>
      {figures.errors.length === 0 ? (
        <p class="faint">None. Long may it last.</p>
      ) : (
        <ol class="ranking">
          {figures.errors.map((error) => (
            <li key={error.type}>
              <Link href={hrefTo('/', { error: error.type, range })}>
                <span class="ranking-name">{error.type}</span>
                <span class="number">{count(error.interactions)}</span>
                <span class="ranking-bar">
                  <i class="failed" style={{ width: `${(error.interactions / most) * 100}%` }} />
                </span>
              </Link>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Every bucket of the range, those without interactions too. */
function bucketsOf({ from, to, bucketSeconds }: Dashboard): Date[] {
  const size = bucketSeconds * 1_000;
  const first = Math.floor(Date.parse(from) / size) * size;
  return Array.from(
    { length: Math.floor((Date.parse(to) - first) / size) + 1 },
    (_, index) => new Date(first + index * size),
  );
}

const rangeMinutes = ({ from, to }: Dashboard): number => (Date.parse(to) - Date.parse(from)) / 60_000;

const decimalFormat = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const decimal = (value: number): string => decimalFormat.format(value);
