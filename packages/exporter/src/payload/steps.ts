/** The steps of an interaction (record.md, section 5). */
import type { StepPayload } from 'huggingplace-sdk';
import { responseTimeText, storableText } from 'huggingplace-sdk/internal';
import type { Interaction, Member } from '../interaction/interaction.ts';
import type { MemberKind } from '../interaction/reading.ts';
import { failureOf, fallbackMessage } from './failure.ts';
import { answerText, lastUserText } from './messages.ts';
import { durationMs } from './time.ts';
import { totalOf } from './tokens.ts';

export function* stepsOf(interaction: Interaction): Generator<undefined, StepPayload[]> {
  const steps: StepPayload[] = [];
  for (const member of interaction.members) {
    if (!member.isStep) continue;
    steps.push(toStep(member, interaction));
    yield;
  }
  return steps;
}

function toStep(member: Member, { startTime }: Interaction): StepPayload {
  const { span } = member;
  const failure = span.endTime === undefined ? undefined : failureOf(span, member);
  const timeMs = durationMs(span.startTime, span.endTime);
  const { question, answer } = textsOf(member);
  return {
    step_name: storableText(nameOf(member)),
    step_type: typeOf(member.kind),
    status: failure === undefined ? 'completed' : 'failed',
    ...(span.endTime === undefined && { incomplete: true as const }),
    ...(failure !== undefined && {
      error_message: storableText(failure.message ?? fallbackMessage(span, failure.type) ?? 'Error'),
    }),
    time_ms: timeMs,
    start_ms: durationMs(startTime, span.startTime),
    responseTime: responseTimeText(timeMs),
    span_id: span.spanId,
    ...(member.parentSpanId !== undefined && { parent_span_id: member.parentSpanId }),
    ...(question !== undefined && question !== '' && { userQuestion: storableText(question) }),
    ...(answer !== undefined && answer !== '' && { promptResponse: storableText(answer) }),
    ...tokensOf(member),
  };
}

const typeOf = (kind: MemberKind): NonNullable<StepPayload['step_type']> => (kind === 'chain' ? 'step' : kind);

function nameOf({ kind, reading, span }: Member): string {
  return (kind === 'tool' || kind === 'agent' || kind === 'step' ? reading.name : undefined) ?? span.name;
}

function textsOf(member: Member): { question: string | undefined; answer: string | undefined } {
  const reading = member.reading;
  if (member.kind === 'llm' || member.kind === 'agent') {
    return {
      question: lastUserText(reading.input) ?? reading.inputText,
      answer: answerText(reading.output) ?? reading.outputText,
    };
  }
  return {
    question: reading.inputText ?? lastUserText(reading.input),
    answer: reading.outputText ?? answerText(reading.output),
  };
}

function tokensOf(member: Member): Partial<StepPayload> {
  if (member.kind !== 'llm' && member.kind !== 'embedding') return {};
  const reading = member.reading;
  const model = reading.responseModel ?? reading.requestModel;
  const { usage } = member.reading;
  const total = totalOf(usage);
  return {
    ...(model !== undefined && { llmModel: storableText(model) }),
    ...(usage?.input !== undefined && { inputTokens: usage.input }),
    ...(usage?.output !== undefined && { outputTokens: usage.output }),
    ...(total !== undefined && { token: total }),
  };
}
