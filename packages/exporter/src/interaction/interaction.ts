/** One interaction: what happened between a question and its answer, ready to be said in a payload. */
import type { EndedSpan, HrTime } from '../span.ts';
import type { Claims, Identity } from './identity.ts';
import type { MemberKind, Reading } from './reading.ts';

export interface Member {
  readonly span: EndedSpan;
  readonly kind: MemberKind;
  /** Of a call with what its span leaves unsaid and a wrapper around it alone says, but for usage: whose that is decides `payload/tokens.ts`. */
  readonly reading: Reading;
  /** A model call: a generation span without another below it. */
  readonly isCall: boolean;
  /** Shown in `step_data`. */
  readonly isStep: boolean;
  /** The nearest step, or the root, above it. */
  readonly parentSpanId: string | undefined;
  /** Which end it was, in order of arrival; `undefined`: it never ended. */
  readonly endOrder: number | undefined;
  /** The nearest member above it. */
  readonly parent: Member | undefined;
  /** How many model calls stand below it; 2 stands for more, too. */
  readonly callsBelow: number;
}

/** The members that stand above one, nearest first. */
export function* membersAbove(member: Member): Generator<Member> {
  for (let at = member.parent; at !== undefined; at = at.parent) yield at;
}

/** Spans beyond `maxSpansPerInteraction`: no steps any more, but their model calls' tokens count. */
export interface CutSpans {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly total: number | undefined;
}

/** A span whose attributes the user may have set for the interaction. */
export interface Source {
  readonly span: EndedSpan;
  /** Another interaction may share it: it says nothing of this one's prompt, answer and id. */
  readonly isShared: boolean;
  readonly contextIdentity: Identity | undefined;
}

export interface Interaction {
  /** The span that holds it all, a member or an ordinary one; `undefined`: it has none of its own. */
  readonly root: EndedSpan | undefined;
  /** What the root says, where it is a member. */
  readonly rootMember: Member | undefined;
  readonly isMarked: boolean;
  /** In order, the root among them where it is one. */
  readonly members: readonly Member[];
  /** The model calls among them, in order. */
  readonly calls: readonly Member[];
  /** The one that ended last; one that never ended counts as the last. */
  readonly lastCall: Member | undefined;
  readonly startTime: HrTime;
  /** `undefined`: nothing of it ended. */
  readonly endTime: HrTime | undefined;
  /** A span of it never ended. */
  readonly isIncomplete: boolean;
  /** In order of precedence: outermost first, then by start. */
  readonly sources: readonly Source[];
  readonly claims: Claims;
  /** What was left out because there were too many. */
  readonly cut: CutSpans | undefined;
  /** The context in which its first span started, where starts are seen. */
  readonly context: unknown;
}
