/** Whether an interaction failed, and what it says about that (record.md, section 3). */
import {
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_MESSAGE,
  ATTR_EXCEPTION_TYPE,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
} from '@opentelemetry/semantic-conventions';
import type { Interaction, Member } from '../interaction/interaction.ts';
import { textAt } from '../interaction/user-attributes.ts';
import { type EndedSpan, STATUS } from '../span.ts';
import { answerText } from './messages.ts';

export interface Failure {
  readonly message: string | undefined;
  readonly type: string | undefined;
}

const exceptionOf = (span: EndedSpan): EndedSpan['events'][number] | undefined =>
  span.events.findLast((event) => event.name === 'exception');

/** A span's failure, by its status; on a member also by an exception event or its dialect's own mark. */
export function failureOf(span: EndedSpan, member: Member | undefined): Failure | undefined {
  const exception = exceptionOf(span);
  const isFailed =
    span.status.code === STATUS.error ||
    (member !== undefined && (exception !== undefined || member.reading.error !== undefined));
  if (!isFailed) return undefined;
  const ownMessage = span.status.code === STATUS.error ? span.status.message : undefined;
  return {
    message:
      withoutStack(ownMessage) ??
      withoutStack(exception && textAt(exception.attributes, ATTR_EXCEPTION_MESSAGE)) ??
      withoutStack(member?.reading.error?.message),
    type:
      textAt(span.attributes, ATTR_ERROR_TYPE) ??
      (exception && textAt(exception.attributes, ATTR_EXCEPTION_TYPE)) ??
      member?.reading.error?.type,
  };
}

/** What a failed step or interaction says where no message is known. */
export function fallbackMessage(span: EndedSpan, type: string | undefined): string | undefined {
  const status = span.attributes[ATTR_HTTP_RESPONSE_STATUS_CODE] ?? span.attributes['http.status_code'];
  return type ?? (typeof status === 'number' && status >= 400 ? `HTTP ${status}` : undefined);
}

/** LangChain puts whole stack traces into messages. */
function withoutStack(message: string | undefined): string | undefined {
  if (message === undefined) return undefined;
  const stack = /\n\s+at /.exec(message);
  return (stack === null ? message : message.slice(0, stack.index)).trim() || undefined;
}

/** `undefined`: it has not failed. */
export function failureOfInteraction(interaction: Interaction): Failure | undefined {
  const { root, rootMember, lastCall, isMarked } = interaction;
  const ofRoot = root === undefined ? undefined : failureOf(root, rootMember);
  const ofLastCall = lastCall === undefined ? undefined : failureOf(lastCall.span, lastCall);
  if (ofRoot === undefined) {
    if (ofLastCall === undefined) return undefined;
    // What the root answered in the end is what counts.
    const hasOwnOutput =
      root?.endTime !== undefined && rootMember !== lastCall && (answerText(rootMember?.reading.output) ?? '') !== '';
    if (hasOwnOutput || (isMarked && hasAnswer(interaction))) return undefined;
  }
  const first = ofRoot ?? ofLastCall;
  const deepest = deepestFailure(interaction);
  const spans = [root, lastCall?.span].filter((span) => span !== undefined);
  const type = first?.type ?? deepest?.type;
  return {
    message:
      first?.message ??
      deepest?.message ??
      spans.map((span) => fallbackMessage(span, type)).find((message) => message !== undefined),
    type,
  };
}

const hasAnswer = ({ sources }: Interaction): boolean =>
  sources.some(({ span, isShared }) => !isShared && typeof span.attributes['huggingplace.ai_response'] === 'string');

function deepestFailure({ sources, members }: Interaction): Failure | undefined {
  const bySpan = new Map(members.map((member) => [member.span, member]));
  const depths = new Map<string, number>();
  let deepest: { readonly failure: Failure; readonly depth: number } | undefined;
  // Parents come first, but for clocks that differ: such a span counts as high up.
  for (const { span, isShared } of sources) {
    const depth = 1 + (depths.get(span.parentSpanId ?? '') ?? 0);
    depths.set(span.spanId, depth);
    const failure = isShared ? undefined : failureOf(span, bySpan.get(span));
    if (failure?.message !== undefined && depth >= (deepest?.depth ?? 0)) deepest = { failure, depth };
  }
  return deepest?.failure;
}
