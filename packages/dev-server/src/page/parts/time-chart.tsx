/** Values over time, as stacked bars or as lines, in SVG; the same as a table for whoever does not see it. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { axisMoment } from '../format.ts';

export interface Series {
  name: string;
  color: string;
  /** One for each bucket; `null`: nothing is known. */
  values: readonly (number | null)[];
}

interface Props {
  title: string;
  kind: 'bars' | 'lines';
  buckets: readonly Date[];
  bucketSeconds: number;
  series: readonly Series[];
  format: (value: number) => string;
}

const HEIGHT = 190;
const MARGIN = { top: 10, right: 4, bottom: 22, left: 48 };
const GRID_LINES = 4;

export function TimeChart({ title, kind, buckets, bucketSeconds, series, format }: Props) {
  const figure = useRef<HTMLDivElement>(null);
  const width = useSignal(600);
  const pointed = useSignal<number | undefined>(undefined);
  useLayoutEffect(() => {
    const element = figure.current;
    if (!element) return;
    const observer = new ResizeObserver(() => (width.value = element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const inner = {
    width: Math.max(width.value - MARGIN.left - MARGIN.right, 50),
    height: HEIGHT - MARGIN.top - MARGIN.bottom,
  };
  const column = inner.width / buckets.length;
  const top = niceTop(highest(series, kind));
  const x = (index: number): number => MARGIN.left + index * column;
  const y = (value: number): number => MARGIN.top + inner.height * (1 - value / top);
  const label = axisLabels(buckets.length, inner.width);

  return (
    <section class="chart" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span class="legend">
          {series.map(({ name, color }) => (
            <span key={name}>
              <i class="key" style={{ background: color }} /> {name}
            </span>
          ))}
        </span>
      </header>
      <div
        class="plot"
        ref={figure}
        onPointerMove={(event) => {
          const index = Math.floor((event.offsetX - MARGIN.left) / column);
          pointed.value = index >= 0 && index < buckets.length ? index : undefined;
        }}
        onPointerLeave={() => (pointed.value = undefined)}
      >
        <svg width={width.value} height={HEIGHT} aria-hidden="true">
          {Array.from({ length: GRID_LINES + 1 }, (_, line) => (top * line) / GRID_LINES).map((value) => (
            <g key={value}>
              <line class="grid" x1={MARGIN.left} x2={MARGIN.left + inner.width} y1={y(value)} y2={y(value)} />
              <text class="axis" x={MARGIN.left - 8} y={y(value) + 3.5} text-anchor="end">
                {format(value)}
              </text>
            </g>
          ))}
          {buckets.map((bucket, index) =>
            index % label === 0 && index + label / 2 < buckets.length ? (
              <text
                key={index}
                class="axis"
                x={x(index) + column / 2}
                y={HEIGHT - 6}
                text-anchor={index === 0 ? 'start' : 'middle'}
              >
                {axisMoment(bucket, bucketSeconds)}
              </text>
            ) : null,
          )}
          {pointed.value !== undefined && (
            <rect class="pointed" x={x(pointed.value)} y={MARGIN.top} width={column} height={inner.height} />
          )}
          {kind === 'bars'
            ? buckets.map((_, index) => (
                <Bars key={index} series={series} index={index} x={x(index)} width={column} y={y} />
              ))
            : series.map((one) => (
                <path
                  key={one.name}
                  class="line"
                  d={linePath(one.values, (index) => x(index) + column / 2, y)}
                  style={{ stroke: one.color }}
                />
              ))}
        </svg>
        {pointed.value !== undefined && (
          <div class="tip" style={tipPlace(x(pointed.value) + column / 2, width.value)}>
            <strong>
              {buckets[pointed.value]?.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}
            </strong>
            {series.map(({ name, color, values }) => (
              <span key={name}>
                <i class="key" style={{ background: color }} /> {name}
                <b class="number">{shown(values[pointed.value ?? 0], format)}</b>
              </span>
            ))}
          </div>
        )}
      </div>
      <table class="hidden">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket, index) => (
            <tr key={index}>
              <th scope="row">{bucket.toISOString()}</th>
              {series.map(({ name, values }) => (
                <td key={name}>{shown(values[index], format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Bars(props: {
  series: readonly Series[];
  index: number;
  x: number;
  width: number;
  y: (value: number) => number;
}) {
  const { series, index, x, width, y } = props;
  const gap = Math.min(width * 0.2, 3);
  let below = 0;
  return (
    <>
      {series.map(({ name, color, values }) => {
        const value = values[index] ?? 0;
        const base = below;
        below += value;
        return value === 0 ? null : (
          <rect
            key={name}
            x={x + gap / 2}
            width={width - gap}
            y={y(below)}
            height={Math.max(y(base) - y(below), 1)}
            rx="1.5"
            style={{ fill: color }}
          />
        );
      })}
    </>
  );
}

/** A gap where nothing is known, a dot where a value has no neighbour. */
function linePath(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  return values
    .map((value, index) => {
      if (value === null) return '';
      const isFirst = (values[index - 1] ?? null) === null;
      return `${isFirst ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}${isFirst ? 'h0.01' : ''}`;
    })
    .join('');
}

function highest(series: readonly Series[], kind: 'bars' | 'lines'): number {
  const lengths = series[0]?.values.length ?? 0;
  let most = 0;
  for (let index = 0; index < lengths; index++) {
    const values = series.map((one) => one.values[index] ?? 0);
    most = Math.max(most, kind === 'bars' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values));
  }
  return most;
}

/** The next round number: 1, 2, 4, 5 or 10 of its kind, so that quarters of it are short as well. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 6, 8, 10].find((factor) => factor * magnitude >= value) ?? 10) * magnitude;
}

/** Every how many buckets there is room for a label. */
const axisLabels = (buckets: number, width: number): number =>
  Math.max(Math.ceil(buckets / Math.max(Math.floor(width / 72), 1)), 1);

const tipPlace = (x: number, width: number): { left: string } | { right: string } =>
  x < width / 2 ? { left: `${x + 12}px` } : { right: `${width - x + 12}px` };

const shown = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? '–' : format(value);
