/** A backend that misbehaves before a process that lives: fifty interactions, and a shutdown in order. */
import type { SinkBehaviour, SinkPlan } from '../../../packages/sdk/src/testing/sink.ts';
import type { AppPlan } from '../run-app.ts';
import { endedAs, type Form, type Row, type Trial } from '../trial.ts';
import type { Allowance, Count } from '../verdict.ts';

const COUNT = 50;

interface Fault {
  readonly name: string;
  readonly plan: SinkPlan | ((form: Form) => SinkPlan);
  readonly allowance?: Allowance;
  readonly app?: (form: Form) => Partial<AppPlan>;
  /** Happens while the application lives. */
  readonly meanwhile?: (trial: Trial) => Promise<void>;
}

const once = (...sequence: SinkBehaviour[]): SinkPlan => ({ sequence, otherwise: 200 });
const times = (count: number, behaviour: SinkBehaviour): SinkBehaviour[] => Array<SinkBehaviour>(count).fill(behaviour);
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const FAULTS: readonly Fault[] = [
  { name: '500 ×3, then well', plan: once(500, 500, 500) },
  { name: '502, 503, 504', plan: once(502, 503, 504) },
  { name: '429 with Retry-After: 2', plan: once({ status: 429, headers: { 'retry-after': '2' } }) },
  { name: '503 with Retry-After: nonsense', plan: once({ status: 503, headers: { 'retry-after': 'abc' } }) },
  {
    name: '503 with Retry-After: a date',
    plan: () => once({ status: 503, headers: { 'retry-after': new Date(Date.now() + 1_500).toUTCString() } }),
  },
  {
    name: '503 for a while, then well (2 s; long form 15 s)',
    plan: { otherwise: 503 },
    app: (form) => ({ forMs: form === 'long' ? 15_000 : 2_000 }),
    meanwhile: async ({ form, sink }) => {
      await sleep(form === 'long' ? 15_000 : 2_000);
      await sink.behave({ otherwise: 200 });
    },
  },
  {
    name: 'nobody listens, then somebody does (1 s; long form 15 s)',
    plan: { otherwise: 200 },
    app: (form) => ({ forMs: form === 'long' ? 15_000 : 1_500 }),
    meanwhile: async ({ form, sink }) => {
      await sink.down();
      await sleep(form === 'long' ? 15_000 : 1_000);
      await sink.up();
    },
  },
  {
    name: 'up and down by turns (3 s; long form 60 s)',
    plan: { otherwise: 200 },
    app: (form) => ({ forMs: form === 'long' ? 60_000 : 3_000 }),
    meanwhile: async ({ form, sink }) => {
      for (let turn = 0; turn < (form === 'long' ? 60 : 3); turn += 1) {
        await sink.behave({ otherwise: turn % 2 === 0 ? 503 : 200 });
        await sleep(1_000);
      }
      await sink.behave({ otherwise: 200 });
    },
  },
  {
    name: 'every third answer 503, each later than the last',
    plan: once(
      ...Array.from({ length: 2 * COUNT }, (_, n) => ({ status: n % 3 === 0 ? 503 : 200, delayMs: (n * 7) % 200 })),
    ),
  },
  { name: 'answers that never come', plan: once(...times(3, 'hang')), app: () => ({ options: { timeoutMs: 3_000 } }) },
  {
    name: 'broken connections',
    plan: once('reset', 'end', 'garbage', 'half a head', 'endless head', 'two lengths'),
  },
  {
    name: 'answers lost',
    plan: once(...times(20, 'stored, then reset')),
    allowance: { repeated: 20, because: 'whose answer was lost goes again, with its id' },
  },
  {
    name: 'bodies that break off or never end',
    plan: once('stored, half a body', 'stored, no JSON', 'stored, endless body', 'stored, slow body'),
  },
  {
    name: 'one poison item',
    plan: { byId: { 7: 500 }, otherwise: 200 },
    allowance: { lost: 1, because: 'given up after ten tries, or at the end' },
    app: (form) => ({ options: { shutdownTimeoutMs: form === 'long' ? 60_000 : 1_000 } }),
  },
  {
    name: 'three refused (400, 413, 422)',
    plan: { byId: { 7: 422, 8: 400, 9: 413 }, otherwise: 200 },
    allowance: { lost: 3, because: 'nobody will ever take them' },
  },
];

const forForm = <T>(what: T | ((form: Form) => T), form: Form): T =>
  typeof what === 'function' ? (what as (form: Form) => T)(form) : what;

export const backend: readonly Row[] = FAULTS.map(({ name, plan, allowance, app, meanwhile }) => ({
  name,
  ...(allowance !== undefined && { allowance }),
  run: async (trial): Promise<Count> => {
    const own = app?.(trial.form) ?? {};
    const life = { ends: 'live', count: COUNT, forMs: 300, ...own } as const;
    const [ended] = await Promise.all([trial.app(life, forForm(plan, trial.form)), meanwhile?.(trial)]);
    return trial.count(COUNT, [ended], endedAs(ended, 0));
  },
}));
