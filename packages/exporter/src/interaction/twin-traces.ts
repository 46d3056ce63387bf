/** One call recorded in two traces (record.md, section 1, rule 5): which recordings belong together, and for which an open one is waited. */
import { type GroupContext, pairTwinsOf } from './group.ts';
import { compareSpans, type HeldSpan, type Tree } from './held-span.ts';
import type { Joins } from './joins.ts';
import type { OpenTraces } from './open-traces.ts';
import { areTwins, isTryAt } from './twins.ts';

/** More than any process has instrumentations; behind a gateway anybody names scopes. */
const MAX_SCOPES = 1_000;
/** Scopes of instrumentations that record model calls. */
const INSTRUMENTATION =
  /traceloop|openinference|langfuse|langsmith|genkit|mastra|strands|vertex|gen_ai|^ai$|instrumentation[-.](?:openai|anthropic|langchain|bedrock|google|cohere|mistral)/;

export const isInstrumentation = (scope: string): boolean => INSTRUMENTATION.test(scope);

export class TwinTraces {
  readonly #context: GroupContext & { readonly seesStarts: boolean };
  readonly #traces: OpenTraces;
  readonly #joins: Joins;
  readonly #look: (tree: Tree) => void;
  /** Scopes that have recorded model calls: an open span of theirs may become one. */
  readonly #callScopes = new Set<string>();

  /** @param look is told of trees that are to be looked at again */
  constructor(
    context: GroupContext & { readonly seesStarts: boolean },
    traces: OpenTraces,
    joins: Joins,
    look: (tree: Tree) => void,
  ) {
    this.#context = context;
    this.#traces = traces;
    this.#joins = joins;
    this.#look = look;
  }

  noteCall({ scope }: HeldSpan): void {
    if (this.#callScopes.size < MAX_SCOPES) this.#callScopes.add(scope);
  }

  /** Links calls of this tree to recordings of them in traces of their own, on either side. The inner ones leave with the outer ones. */
  pair(tree: Tree, isLast: boolean): void {
    for (const inner of this.#joins.pairInners(tree, isLast)) this.#releaseInner(inner);
    this.pairWithOuter(tree);
    if (this.#callScopes.size >= 2) this.#hideMisplaced(tree);
  }

  /** The other side: the tree's only call is the inner recording. */
  pairWithOuter({ root }: Tree): boolean {
    const outer = this.#joins.isLoneCall(root) ? this.#endedOuterOf(root) : undefined;
    if (outer === undefined) return false;
    this.#joins.pair(outer.span, root, outer.isTried);
    this.#releaseInner(root);
    return true;
  }

  #releaseInner(inner: HeldSpan): void {
    this.#traces.release(inner, true);
    this.#look(inner.tree);
  }

  /**
   * One call recorded below two roots: the inner recording has the right one. LangChain's tracer, where it loses the context, takes whoever ran last
   * for the parent.
   */
  #hideMisplaced(tree: Tree): void {
    const { reader } = this.#context;
    pairTwinsOf(tree, this.#context);
    const isAlone = (span: HeldSpan): boolean =>
      span.kind(reader) === 'llm' &&
      !span.isOpen &&
      !span.isInnerTwin &&
      span.twins.length === 0 &&
      span !== span.tree.root;
    const calls = [...tree.spans].filter(isAlone);
    if (calls.length === 0) return;
    for (const other of this.#traces.held()) {
      if (other.tree === tree || !isAlone(other)) continue;
      const call = calls.find((own) => isAlone(own) && (areTwins(own, other, reader) || areTwins(other, own, reader)));
      if (call === undefined) continue;
      pairTwinsOf(other.tree, this.#context);
      if (!isAlone(other)) continue;
      const outer = areTwins(call, other, reader) ? call : other;
      outer.isInnerTwin = true;
      if (outer === other) this.#look(other.tree);
    }
  }

  /** What has ended meanwhile and recorded the same call; the innermost, for wrappers say the same. */
  #endedOuterOf(call: HeldSpan): { readonly span: HeldSpan; readonly isTried: boolean } | undefined {
    const { reader } = this.#context;
    if (this.#callScopes.size < 2) return undefined;
    let twin: HeldSpan | undefined;
    let tried: HeldSpan | undefined;
    const isInner = (span: HeldSpan, than: HeldSpan | undefined): boolean =>
      than === undefined || compareSpans(than, span) < 0;
    for (const span of this.#traces.held()) {
      if (span.scope === call.scope || span.tree === call.tree) continue;
      if ((span.endOrder ?? -1) < (call.endOrder ?? Infinity)) continue;
      if (span.kind(reader) !== 'llm' || span.isInnerTwin) continue;
      if (isInner(span, twin) && areTwins(span, call, reader)) twin = span;
      else if (isInner(span, tried) && isTryAt(span, call, reader)) tried = span;
    }
    const span = twin ?? tried;
    return span && { span, isTried: twin === undefined };
  }

  /** Open spans of another scope that started before its end and may be the outer recording of this call. */
  openOutersOf(call: HeldSpan): readonly HeldSpan[] {
    if (!this.#context.seesStarts) return [];
    const { reader } = this.#context;
    const outers: HeldSpan[] = [];
    for (const span of this.#traces.open()) {
      const { scope } = span;
      if (scope === call.scope || span.startedAtMs > (call.endedAtMs ?? Infinity)) continue;
      const kind = span.kind(reader);
      if (kind === 'llm' || (kind === undefined && (this.#callScopes.has(scope) || isInstrumentation(scope))))
        outers.push(span);
    }
    return outers;
  }
}
