/** Whatever spans hang together and whenever they start and end: every model call is told once, and the account is kept (design, section 4). */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  ALL_WAYS,
  type Application,
  type Received,
  type Running,
  startApplication,
  type Way,
} from '../testing/application.ts';
import {
  agent,
  assistant,
  by,
  chat,
  type ChatMessage,
  embedding,
  marked,
  quiet,
  remote,
  request,
  retrieval,
  saying,
  span,
  type SpanTree,
  tool,
  user,
  wants,
  workflow,
} from '../testing/span-tree.ts';

interface PlannedSpan {
  /** Which of the spans before it in the list it stands below, counted from its own place; 0: none. */
  readonly up: number;
  readonly kind: string;
  readonly question: number;
  readonly turn: number;
  /** How many turns of its history it still sends. */
  readonly window: number;
  readonly asksForTool: boolean;
  readonly isQuiet: boolean;
  readonly isRemote: boolean;
  readonly scope: string;
  readonly identity: readonly [session: string, user: string];
}

interface Plan {
  readonly spans: readonly PlannedSpan[];
  /** What happens next, of what can. */
  readonly choices: readonly number[];
}

const plannedSpan: fc.Arbitrary<PlannedSpan> = fc.record({
  up: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 6, arbitrary: fc.nat({ max: 6 }) }),
  kind: fc.oneof(
    { weight: 4, arbitrary: fc.constant('chat') },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'ordinary',
        'request',
        'agent',
        'workflow',
        'tool',
        'retrieval',
        'embedding',
        'interaction',
        'session',
        'step',
      ),
    },
  ),
  question: fc.nat({ max: 2 }),
  turn: fc.nat({ max: 2 }),
  window: fc.constantFrom(2, 2, 2, 1, 0),
  asksForTool: fc.boolean(),
  isQuiet: fc.boolean(),
  isRemote: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  scope: fc.constantFrom('test', 'test', 'test', 'other'),
  identity: fc.tuple(fc.constantFrom('', '', '', 'a', 'b'), fc.constantFrom('', '', '', '', 'ann', 'bob')),
});
const plans: fc.Arbitrary<Plan> = fc.record({
  spans: fc.array(plannedSpan, { minLength: 1, maxLength: 14 }),
  choices: fc.array(fc.nat({ max: 1_000 }), { minLength: 10, maxLength: 40 }),
});

/** They say at once what they are: a mark is for what starts below it, and what holds others tells them apart. */
const NEVER_QUIET = new Set(['interaction', 'session', 'step', 'tool', 'retrieval', 'embedding']);

/** Answers differ, and questions do by scope, so that no two calls are taken for one. */
function treeOf(planned: PlannedSpan, index: number): SpanTree {
  const [session, userId] = planned.identity;
  const identity = { ...(session !== '' && { 'session.id': session }), ...(userId !== '' && { 'user.id': userId }) };
  const work = { ...workOf(planned, index), name: `${index} ${planned.kind}`, attributesAtStart: identity };
  const tree = by(planned.scope, saying(identity, work));
  const told = planned.isQuiet && !NEVER_QUIET.has(planned.kind) ? quiet(tree) : tree;
  return planned.isRemote ? remote(told) : told;
}

function workOf({ kind, question, turn, window, asksForTool, scope }: PlannedSpan, index: number): SpanTree {
  switch (kind) {
    case 'chat': {
      const history: ChatMessage[] = [user(`${scope} question ${question}`)];
      for (let i = 0; i < turn; i += 1)
        history.push(assistant(`answer ${i}`), user(`${scope} question ${question}.${i}`));
      return chat(
        history.slice(-1 - 2 * window),
        asksForTool ? [wants('search', `call-${index}`)] : `answer of ${index}`,
      );
    }
    case 'agent':
      return agent('helper');
    case 'workflow':
      return workflow('flow');
    case 'tool':
      return tool('search', { id: `call-${index - 1}` });
    case 'retrieval':
      return retrieval();
    case 'embedding':
      return embedding(1);
    case 'request':
      return request();
    case 'interaction':
    case 'session':
    case 'step':
      return marked(kind, span(kind));
    default:
      return span(kind);
  }
}

const parentsIn = (spans: readonly PlannedSpan[]): readonly (number | undefined)[] =>
  spans.map(({ up }, i) => (up === 0 || up > i ? undefined : i - up));

/** A call asks what the one around it does, which wraps it. */
function asAsked(spans: readonly PlannedSpan[], i: number): PlannedSpan | undefined {
  const parents = parentsIn(spans);
  let asked = spans[i];
  for (let at = parents[i]; at !== undefined && asked !== undefined; at = parents[at]) {
    const above = spans[at];
    if (above?.kind !== 'chat') continue;
    const { question, turn, window, scope } = above;
    asked = { ...asked, question, turn, window, scope };
  }
  return asked;
}

/** Starts and ends in an order that the plan chooses: a span starts while the one above it and all above that are open, and ends whenever. */
async function perform(app: Application, { spans, choices }: Plan, afterEach: (choice: number) => void): Promise<void> {
  const parents = parentsIn(spans);
  const running = new Map<number, Running>();
  const ended = new Set<number>();
  for (let n = 0; ; n += 1) {
    const canStart = (i: number | undefined): boolean =>
      i === undefined || (running.has(i) && !ended.has(i) && canStart(parents[i]));
    const starts = [...spans.keys()].filter((i) => !running.has(i) && canStart(parents[i]));
    const ends = [...running.keys()].filter((i) => !ended.has(i));
    // Starts come twice, for trees are to grow.
    const actions = [
      ...starts.map((i) => ['start', i] as const),
      ...starts.slice(0, 2).map((i) => ['start', i] as const),
      ...ends.map((i) => ['end', i] as const),
    ];
    const choice = choices[n % choices.length] ?? 0;
    const action = actions[choice % actions.length];
    if (action === undefined) return;
    const [what, i] = action;
    const planned = asAsked(spans, i);
    // Calls that start in the same millisecond are ordered by their ends, which nobody knows before.
    app.clock.pass((choice % 3) + (planned?.kind === 'chat' ? 1 : 0));
    if (planned === undefined) return;
    const parent = parents[i];
    if (what === 'start')
      running.set(i, await app.start(treeOf(planned, i), parent === undefined ? undefined : running.get(parent)));
    else {
      const one = running.get(i);
      if (one !== undefined) await app.end(one);
      ended.add(i);
    }
    afterEach(choice);
  }
}

async function told(
  way: Way,
  plan: Plan,
): Promise<{ readonly records: readonly Received[]; readonly app: Application }> {
  await using app = await startApplication(way);
  await perform(app, plan, (choice) => {
    expectBalance(app);
    // Work goes on in pieces while spans start and end.
    if (way.endsWith('at once')) for (let i = 0; i < choice % 5; i += 1) app.clock.runOnce();
  });
  await app.records();
  expectBalance(app);
  await app.forceFlush();
  const records = await app.shutDown();
  expectBalance(app);
  expect(app.stats).toMatchObject({ open: 0, queued: 0, delivered: records.length });
  return { records: records.toSorted((a, b) => (a.message_id < b.message_id ? -1 : 1)), app };
}

function expectBalance({ stats }: Application): void {
  const { seen, open, queued, delivered, spooled, deadLettered, dropped } = stats;
  const lost = Object.values(dropped).reduce((a, b) => a + b, 0);
  expect(seen).toBe(open + queued + delivered + spooled + deadLettered + lost);
}

const stepIds = ({ step_data: steps = [] }: Received): readonly unknown[] => steps.map((step) => step['span_id']);

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 60);

it(
  'every model call is in one record, no span is in two, ids are unique, and the account holds at every moment',
  { timeout: 3_600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.constantFrom(...ALL_WAYS), async (plan, way) => {
        const { records, app } = await told(way, plan);
        const ids = records.map(({ message_id: id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const steps = records.flatMap(stepIds);
        expect(new Set(steps).size).toBe(steps.length);
        for (const id of leafMostCalls(app, plan)) {
          const holders = records.filter((record) => record.metaData['span_id'] === id || stepIds(record).includes(id));
          expect(holders, `records that hold ${id}`).toHaveLength(1);
        }
      }),
      { numRuns: RUNS * 4 },
    );
  },
);

it(
  'records do not depend on when they are looked at, nor on whether starts are seen',
  { timeout: 3_600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const [reference, ...others] = await Promise.all(ALL_WAYS.map(async (way) => (await told(way, plan)).records));
        for (const [i, records] of others.entries())
          expect(records.map(withoutAccount), ALL_WAYS[i + 1]).toEqual(reference?.map(withoutAccount));
      }),
      { numRuns: RUNS },
    );
  },
);

const withoutAccount = ({ org_id: _, ...record }: Received): object => record;

/** Those that were started and have no other call below them. */
function leafMostCalls(app: Application, { spans }: Plan): readonly string[] {
  const parents = parentsIn(spans);
  const names = spans.map(({ kind }, i) => `${i} ${kind}`);
  const calls = [...spans.keys()].filter((i) => spans[i]?.kind === 'chat' && app.has(names[i] ?? ''));
  const isAbove = (above: number, i: number | undefined): boolean =>
    i !== undefined && (parents[i] === above || isAbove(above, parents[i]));
  return calls
    .filter((call) => !calls.some((other) => isAbove(call, other)))
    .map((call) => app.spanId(names[call] ?? ''));
}
