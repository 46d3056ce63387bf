/** What became of a row's interactions, as the backend counted them, and whether that keeps the promise. */

export interface Count {
  /** Interactions that were complete: each has an end that is known, or the row has failed. */
  readonly sent: number;
  /** Of those: rows of the backend. */
  readonly arrived: number;
  /** Records that the backend took although it had them. */
  readonly repeated: number;
  /** What the application's account says of those that did not arrive. */
  readonly lost: Readonly<Record<string, number>>;
  /** What else went wrong: an exit code that changed, an end that came too late. */
  readonly problems: readonly string[];
}

/** What a row may cost, where it may cost anything, and why. */
export interface Allowance {
  readonly lost?: number;
  readonly repeated?: number;
  /** Nobody is left to count: the process was killed, or what held them was not ours. */
  readonly uncounted?: number;
  readonly because: string;
}

export const KEPT = 'kept';

/** `kept`, `kept, but for …` where the row allows something and it happened, or what broke it. */
export function verdictOf(count: Count, allowance?: Allowance): string {
  const { sent, arrived, repeated, problems } = count;
  const lost = Object.values(count.lost).reduce((sum, n) => sum + n, 0);
  // Negative: counted as lost, and arrived all the same, for its answer was.
  const uncounted = Math.max(0, sent - arrived - lost);
  const broken = [
    ...problems,
    ...(sent === 0 ? ['nothing was sent'] : []),
    ...(uncounted > (allowance?.uncounted ?? 0) ? [`${uncounted} lost without a word`] : []),
    ...(lost > (allowance?.lost ?? 0) ? [`${lost} lost`] : []),
    ...(repeated > (allowance?.repeated ?? 0) ? [`${repeated} sent again`] : []),
  ];
  if (broken.length > 0) return `broken: ${broken.join(', ')}`;
  const hasCost = uncounted + lost + repeated > 0;
  return hasCost && allowance !== undefined ? `${KEPT}; ${allowance.because}` : KEPT;
}

const HEAD = ['row', 'sent', 'arrived', 'duplicates on the wire', 'lost, by reason', 'verdict'] as const;

/** A line of the table, in Markdown; widths are those of the head and of what is usual. */
const WIDTHS = [75, 6, 7, 22, 24, 7];
const line = (cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell, i) => (typeof cell === 'number' ? String(cell).padStart(WIDTHS[i] ?? 0) : cell.padEnd(WIDTHS[i] ?? 0))).join(' | ')} |`;

export const tableHead = (): string => `${line(HEAD)}\n|${WIDTHS.map((width) => '-'.repeat(width + 2)).join('|')}|`;

export function tableLine(name: string, { sent, arrived, repeated, lost }: Count, verdict: string): string {
  const reasons = Object.entries(lost).map(([reason, count]) => `${reason}: ${count}`);
  return line([name, sent, arrived, repeated, reasons.join(', '), verdict]);
}
