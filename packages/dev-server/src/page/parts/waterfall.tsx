/** Where the time of an interaction went: a bar for each step, its children below it. A step opens to what went in and came out. */
import { useSignal } from '@preact/signals';
import type { Interaction } from '../../page-contract.ts';
import { count, duration } from '../format.ts';
import { Facts } from './facts.tsx';
import { Icon } from './icon.tsx';
import { type StepRow, stepRows } from './step-tree.ts';
import { stepClass } from './step-type.ts';
import { TextBlock } from './text-block.tsx';

const FIRST_ROWS = 200;
/** Where the scale is marked: at this many places, more or less. */
const TICKS = 4;

export function Waterfall({ interaction }: { interaction: Interaction }) {
  const isWhole = useSignal(false);
  const opened = useSignal<ReadonlySet<number>>(new Set());
  const rows = stepRows(interaction.steps);
  const endMs = Math.max(
    interaction.responseTimeMs ?? 0,
    ...rows.slice(0, 10_000).map((row) => row.startMs + (row.timeMs ?? 0)),
    1,
  );
  const shown = isWhole.value ? rows : rows.slice(0, FIRST_ROWS);
  const toggle = (index: number): void => {
    const next = new Set(opened.value);
    if (!next.delete(index)) next.add(index);
    opened.value = next;
  };
  return (
    <section class="waterfall" aria-label="Steps">
      <header>
        <h3>Steps</h3>
        <div class="scale" aria-hidden="true">
          {ticks(endMs).map((at) => (
            <span key={at} style={{ left: `${(at / endMs) * 100}%` }}>
              {duration(at)}
            </span>
          ))}
        </div>
        <span class="faint scale-tokens">tokens</span>
      </header>
      <ol>
        {shown.map((row) => (
          <Step
            key={row.index}
            row={row}
            endMs={endMs}
            isOpen={opened.value.has(row.index)}
            toggle={() => toggle(row.index)}
          />
        ))}
      </ol>
      {shown.length < rows.length && (
        <button type="button" class="quiet" onClick={() => (isWhole.value = true)}>
          Show all {count(rows.length)} steps
        </button>
      )}
    </section>
  );
}

function Step({ row, endMs, isOpen, toggle }: { row: StepRow; endMs: number; isOpen: boolean; toggle: () => void }) {
  const left = Math.min((row.startMs / endMs) * 100, 99.5);
  const width = Math.min(Math.max(((row.timeMs ?? 0) / endMs) * 100, 0.4), 100 - left);
  return (
    <li class={`step ${stepClass(row.type)} ${row.failed ? 'failed' : ''}`}>
      <button type="button" class="step-line" aria-expanded={isOpen} onClick={toggle}>
        <span class="step-name" style={{ paddingLeft: `${row.depth * 14}px` }}>
          <Icon name="next" />
          <span class="step-type">{row.type ?? 'step'}</span>
          <span class="step-label">{row.name}</span>
          {row.failed && <Icon name="alert" />}
        </span>
        <span class="step-track">
          <span class="step-bar" style={{ left: `${left}%`, width: `${width}%` }} />
          <span class={`step-duration number ${isInside(left, width) ? 'inside' : ''}`} style={labelPlace(left, width)}>
            {row.incomplete ? 'never ended' : duration(row.timeMs)}
          </span>
        </span>
        <span class="step-tokens number">{row.tokens === undefined ? '' : count(row.tokens)}</span>
      </button>
      {isOpen && <Opened row={row} />}
    </li>
  );
}

/** A duration stands after its bar, before it where it would run out of the picture, and inside where the bar leaves no room. */
const isInside = (left: number, width: number): boolean => left + width > 80 && left <= 20;

function labelPlace(left: number, width: number): { left: string } | { right: string } {
  if (isInside(left, width)) return { right: `${100 - left - width}%` };
  return left + width > 80 ? { right: `${100 - left}%` } : { left: `${left + width}%` };
}

function Opened({ row }: { row: StepRow }) {
  const figures: [string, string | undefined][] = [
    ['Model', row.model],
    ['Started at', duration(row.startMs)],
    ['Took', row.timeMs === undefined ? undefined : duration(row.timeMs)],
    ['Tokens in', row.inputTokens === undefined ? undefined : count(row.inputTokens)],
    ['Tokens out', row.outputTokens === undefined ? undefined : count(row.outputTokens)],
  ];
  return (
    <div class="step-opened">
      <dl class="figures small">
        {figures.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd class="number">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {row.error && <p class="notice failed">{row.error}</p>}
      {row.input !== undefined && <TextBlock label="Input" text={row.input} mono={row.type !== 'llm'} />}
      {row.output !== undefined && <TextBlock label="Output" text={row.output} mono={row.type !== 'llm'} />}
      <Facts label="Further" values={row.further} />
    </div>
  );
}

/** Round values from 0 on, the last one short of the end. */
function ticks(endMs: number): number[] {
  const rough = endMs / TICKS;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  return Array.from({ length: Math.ceil(endMs / step) }, (_, index) => index * step).filter((at) => at < endMs * 0.97);
}
