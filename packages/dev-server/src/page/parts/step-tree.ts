/** Steps as they came → rows of a waterfall: children below their parents, in order. Whatever came: unknown parents, circles, twins. */

export interface StepRow {
  /** Position in the payload. */
  index: number;
  name: string;
  type: string | undefined;
  depth: number;
  /** Milliseconds from the interaction's start; a step that does not say when it began stands at the beginning. */
  startMs: number;
  timeMs: number | undefined;
  failed: boolean;
  incomplete: boolean;
  error: string | undefined;
  model: string | undefined;
  tokens: number | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  input: string | undefined;
  output: string | undefined;
  /** What the contract does not name. */
  further: Record<string, unknown>;
}

type Step = Readonly<Record<string, unknown>>;

/** Deeper steps are shown at this depth: a chain of thousands has no more room. */
const MAX_DEPTH = 10;

const SHOWN = [
  ...[
    'step_name',
    'step_type',
    'status',
    'time_ms',
    'start_ms',
    'responseTime',
    'incomplete',
    'error_message',
    'llmModel',
    'token',
  ],
  ...['inputTokens', 'outputTokens', 'userQuestion', 'promptResponse'],
];

export function stepRows(steps: readonly Step[]): StepRow[] {
  const indexById = new Map<string, number>();
  for (const [index, step] of steps.entries()) {
    const id = text(step['span_id']);
    if (id !== undefined && !indexById.has(id)) indexById.set(id, index);
  }
  const children = new Map<number | undefined, number[]>();
  for (const [index, step] of steps.entries()) {
    const parent = indexById.get(text(step['parent_span_id']) ?? '');
    const key = parent === index ? undefined : parent;
    children.set(key, [...(children.get(key) ?? []), index]);
  }
  const rows: StepRow[] = [];
  const visited = new Set<number>();
  // With a stack of its own, not by recursion: a chain may be as long as the payload.
  const visit = (first: number): void => {
    const open = [{ index: first, depth: 0 }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { index, depth } = next;
      const step = steps[index];
      if (!step || visited.has(index)) continue;
      visited.add(index);
      rows.push(rowOf(step, index, Math.min(depth, MAX_DEPTH)));
      for (const child of (children.get(index) ?? []).toReversed()) open.push({ index: child, depth: depth + 1 });
    }
  };
  for (const root of children.get(undefined) ?? []) visit(root);
  // Steps in a circle hang below no root.
  for (const index of steps.keys()) visit(index);
  return rows;
}

const rowOf = (step: Step, index: number, depth: number): StepRow => ({
  index,
  depth,
  name: text(step['step_name']) ?? 'step',
  type: text(step['step_type']),
  startMs: Math.max(number(step['start_ms']) ?? 0, 0),
  timeMs: number(step['time_ms']),
  failed: step['status'] === 'failed',
  incomplete: step['incomplete'] === true,
  error: text(step['error_message']),
  model: text(step['llmModel']),
  tokens: number(step['token']),
  inputTokens: number(step['inputTokens']),
  outputTokens: number(step['outputTokens']),
  input: text(step['userQuestion']),
  output: text(step['promptResponse']),
  further: Object.fromEntries(Object.entries(step).filter(([key]) => !SHOWN.includes(key))),
});

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
