/** An interaction becomes the contract's payload (record.md, sections 3 and 4). Pure; it yields between steps and between passes over the spans. */
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { InteractionPayload, JsonValue, Mode } from 'huggingplace-sdk';
import { responseTimeText, storableText, toJsonValue } from 'huggingplace-sdk/internal';
import { sessionIdOf, userIdOf } from '../interaction/identity.ts';
import type { Interaction, Member } from '../interaction/interaction.ts';
import type { Message } from '../interaction/reading.ts';
import { ATTRIBUTE, textAt } from '../interaction/user-attributes.ts';
import type { Attributes } from '../span.ts';
import { modelsOf } from './model.ts';
import { failureOfInteraction } from './failure.ts';
import { feedbackOf } from './feedback.ts';
import { hasCutText } from './cut-text.ts';
import { answerText, isQuestion, lastUserText, systemText, textOfMessage } from './messages.ts';
import { stepsOf } from './steps.ts';
import { durationMs } from './time.ts';
import { sumTokens, type TokenSums } from './tokens.ts';
import { applicationMetadata, isSetTo, ownText, textOf, userMetadata, userRoles } from './user-fields.ts';

export interface TranslateOptions {
  /** `undefined`: from `deployment.environment.name`. */
  readonly mode: Mode | undefined;
  /** Goes into every `metaData`. */
  readonly metadata: Attributes;
  readonly captureContent: boolean;
  /** In characters; `undefined`: none is known. */
  readonly attributeValueLengthLimit: number | undefined;
}

export function* toPayload(
  interaction: Interaction,
  options: TranslateOptions,
): Generator<undefined, InteractionPayload> {
  const { calls, members, root, lastCall, startTime, endTime, claims } = interaction;
  const first = calls[0] ?? members.find((member) => member.kind === 'agent') ?? members[0];
  const resource = (root ?? first?.span)?.resource ?? {};
  const capturesContent = capturesContentOf(interaction, options);
  const failure = failureOfInteraction(interaction);
  yield;
  const prompt = promptOf(interaction);
  const answered = answerOf(interaction);
  const answer =
    failure === undefined
      ? (answered?.text ?? '')
      : answered?.text || `Error${failure.message === undefined ? '' : `: ${failure.message}`}`;
  const isAnswerMissing = answer === '' && !interaction.isIncomplete && answered?.isOnlyToolCall !== true;
  const models = modelsOf(
    [lastCall, ...calls].filter((call) => call !== undefined),
    members,
  ).filter((model) => model !== undefined);
  const tokens = sumTokens(interaction);
  yield;
  const steps = yield* stepsOf(interaction);
  const ms = durationMs(startTime, endTime);
  const sessionId = sessionIdOf(claims);
  const userId = userIdOf(claims);
  const roles = userRoles(interaction);
  yield;
  const user = userMetadata(interaction);
  yield;
  const metadata = unreserved(interaction, options);
  yield;
  const fields = callFields(interaction, answered?.from);
  yield;
  const llmModel = textOf(interaction, ATTRIBUTE.llmModel) ?? models[0];
  const llmModel2 = textOf(interaction, ATTRIBUTE.llmModel2) ?? models.find((model) => model !== models[0]);

  const payload: InteractionPayload = {
    user_prompt: storableText(prompt),
    ai_response: storableText(answer),
    mode: options.mode ?? modeOf(resource),
    message_id: storableText(
      ownText(interaction, ATTRIBUTE.messageId) ?? idOf(interaction.isMarked ? root : (first?.span ?? root)),
    ),
    ...(sessionId !== undefined && { session_id: storableText(sessionId) }),
    ...(userId !== undefined && { user_uuid: storableText(userId) }),
    ...(roles !== undefined && { user_roles: roles }),
    ...texts(interaction, {
      org_uuid: ATTRIBUTE.orgUuid,
      file_name: ATTRIBUTE.fileName,
      mapping_table: ATTRIBUTE.mappingTable,
    }),
    ...(llmModel !== undefined && { llm_model: storableText(llmModel) }),
    ...(llmModel2 !== undefined && { llm_model2: storableText(llmModel2) }),
    ...(tokens.total !== undefined && { token_count: tokens.total }),
    response_time: responseTimeText(ms),
    metaData: {
      ...metadata,
      ...Object.fromEntries(feedbackOf(interaction, capturesContent)),
      ...known({
        trace_id: (root ?? first?.span)?.traceId,
        span_id: (root ?? first?.span)?.spanId,
        response_time_ms: ms,
        service: textAt(resource, ATTR_SERVICE_NAME),
        environment: environmentOf(resource),
        provider: lastCall === undefined ? undefined : lastCall.reading.provider,
        ...tokenFields(tokens),
        ...fields,
        ...(failure !== undefined && { error: true, errorMessage: failure.message, errorType: failure.type }),
        incomplete: interaction.isIncomplete || undefined,
        truncated:
          interaction.cut !== undefined ||
          members.some(({ span, reading }) => span.droppedAttributesCount > 0 || reading.malformed === true) ||
          members.some(({ span }) => hasCutText(span, options.attributeValueLengthLimit)) ||
          undefined,
        content_missing: prompt === '' || isAnswerMissing || undefined,
      }),
    },
    ...(user.size > 0 && { user_meta_data: Object.fromEntries(user) }),
    ...(steps.length > 0 && { step_data: steps }),
  };
  return capturesContent ? payload : withoutContent(payload);
}

/** Neither the option nor the user of this interaction keeps its texts back. */
export const capturesContentOf = (
  interaction: Interaction,
  options: Pick<TranslateOptions, 'captureContent'>,
): boolean => options.captureContent && !isSetTo(interaction, ATTRIBUTE.captureContent, false);

/** The user said that this interaction is not to be sent. */
export const isOptedOut = (interaction: Interaction): boolean => isSetTo(interaction, ATTRIBUTE.export, false);

/** The root's own input if it is text or has a user message, else the question of the first model call that has one. */
function promptOf(interaction: Interaction): string {
  return (
    ownText(interaction, ATTRIBUTE.userPrompt) ??
    (interaction.rootMember && lastUserText(interaction.rootMember.reading.input)) ??
    firstOf(interaction.calls, (call) => lastUserText(call.reading.input)) ??
    firstOf(interaction.members, (member) =>
      member.kind === 'agent' ? lastUserText(member.reading.input) : undefined,
    ) ??
    ''
  );
}

function firstOf<T>(members: readonly Member[], valueOf: (member: Member) => T | undefined): T | undefined {
  for (const member of members) {
    const value = valueOf(member);
    if (value !== undefined) return value;
  }
  return undefined;
}

interface Answer {
  readonly text: string;
  readonly isOnlyToolCall: boolean;
  /** The call whose text it is. */
  readonly from: Member | undefined;
}

function answerOf(interaction: Interaction): Answer | undefined {
  const { rootMember, lastCall, calls } = interaction;
  const own = ownText(interaction, ATTRIBUTE.aiResponse);
  if (own !== undefined) return { text: own, isOnlyToolCall: false, from: lastCall };
  const ofRoot =
    rootMember === undefined || rootMember === lastCall ? undefined : answerText(rootMember.reading.output);
  if (ofRoot !== undefined && ofRoot !== '') {
    return {
      text: ofRoot,
      isOnlyToolCall: false,
      from: calls.findLast((call) => answerText(call.reading.output)?.trim() === ofRoot.trim()) ?? lastCall,
    };
  }
  const source = lastCall ?? interaction.members.findLast((member) => member.kind === 'agent');
  if (source === undefined) return undefined;
  const { output, finishReasons } = source.reading;
  const text = answerText(output);
  const asksForTool =
    output?.some((message) => message.parts.some((part) => part.type === 'tool_call')) === true ||
    finishReasons?.some((reason) => /tool|function/i.test(reason)) === true;
  return { text: text ?? '', isOnlyToolCall: asksForTool, from: lastCall };
}

const idOf = (span: { traceId: string; spanId: string } | undefined): string =>
  span === undefined ? '' : `${span.traceId}-${span.spanId}`;

function texts(
  interaction: Interaction,
  keys: Readonly<Record<'org_uuid' | 'file_name' | 'mapping_table', string>>,
): Partial<InteractionPayload> {
  return Object.fromEntries(
    Object.entries(keys).flatMap(([field, key]) => {
      const text = textOf(interaction, key);
      return text === undefined ? [] : [[field, storableText(text)] as const];
    }),
  );
}

const tokenFields = (tokens: TokenSums): Readonly<Record<string, number | undefined>> => ({
  input_tokens: tokens.input,
  output_tokens: tokens.output,
  cached_input_tokens: tokens.cachedInput,
  reasoning_tokens: tokens.reasoning,
  embedding_tokens: tokens.embedding,
});

function callFields({ calls, members }: Interaction, answering: Member | undefined): Readonly<Record<string, unknown>> {
  const readings = calls.map((call) => call.reading);
  const [first] = readings;
  const called = members.flatMap((member) =>
    member.kind === 'tool'
      ? [member.reading.name ?? member.span.name]
      : member.isCall
        ? [...(member === calls[0] ? [] : toolsCalledBefore(member.reading)), ...toolNames(member.reading.output)]
        : [],
  );
  return {
    finish_reasons: list(readings.flatMap((reading) => reading.finishReasons ?? [])),
    response_ids: list(unique(readings.flatMap((reading) => reading.responseId ?? []))),
    tools: list(unique(called)),
    tags: list(unique(members.flatMap((member) => member.reading.tags ?? []))),
    system_prompt: first && (systemOf(first) || undefined),
    time_to_first_token_ms: answering && answering.reading.timeToFirstTokenMs,
  };
}

const toolNames = (messages: readonly Message[] | undefined): readonly string[] =>
  (messages ?? []).flatMap((message) =>
    message.parts.flatMap((part) => (part.type === 'tool_call' ? (part.name ?? []) : [])),
  );

/** By this turn's earlier calls, whose answers may not have been recorded (OpenLLMetry's Responses API, an SDK limit): the history has them again. */
function toolsCalledBefore({ input = [] }: Member['reading']): readonly string[] {
  const asked = input.findLastIndex((message) => isQuestion(message) && textOfMessage(message).trim() !== '');
  return toolNames(asked < 0 ? [] : input.slice(asked + 1));
}

const systemOf = (reading: Member['reading']): string | undefined => reading.system ?? systemText(reading.input);
const unique = (items: readonly string[]): readonly string[] => [...new Set(items)];
const list = (items: readonly string[]): readonly string[] | undefined => (items.length > 0 ? items : undefined);

/** What the application says, under keys of its own: those that follow in the literal are never overwritten by it. */
function unreserved(interaction: Interaction, { metadata }: TranslateOptions): Record<string, JsonValue> {
  return Object.fromEntries(
    [...Object.entries(known(metadata)), ...applicationMetadata(interaction)].filter(([key]) => !RESERVED.has(key)),
  );
}

const RESERVED = new Set(
  `trace_id span_id response_time_ms service environment provider input_tokens output_tokens cached_input_tokens reasoning_tokens embedding_tokens finish_reasons response_ids tools tags
  system_prompt time_to_first_token_ms error errorMessage errorType incomplete truncated content_missing`.split(/\s+/),
);

/** Without what is unknown, as JSON. */
const known = (fields: Readonly<Record<string, unknown>>): { [key: string]: JsonValue } =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, field]) => {
      const value = toJsonValue(field);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );

/** `deployment.environment.name` of semantic conventions 1.27, `deployment.environment` before. */
const environmentOf = (resource: Attributes): string | undefined =>
  textAt(resource, 'deployment.environment.name') ?? textAt(resource, 'deployment.environment');

function modeOf(resource: Attributes): Mode {
  const environment = environmentOf(resource);
  return environment === undefined || /^(?:prod|live)/.test(environment.toLowerCase()) ? 'prod' : 'dev';
}

/** Models, tokens, times and steps stay; every text that a person or a model wrote goes, but for what users set as metadata. */
function withoutContent(payload: InteractionPayload): InteractionPayload {
  const { system_prompt: _, errorMessage: __, ...metaData } = payload.metaData ?? {};
  return {
    ...payload,
    user_prompt: '',
    ai_response: '',
    metaData: { ...metaData, content_missing: true },
    ...(payload.step_data !== undefined && {
      step_data: payload.step_data.map(
        ({ userQuestion: _question, promptResponse: _answer, error_message: message, ...step }) => ({
          ...step,
          ...(message !== undefined && { error_message: 'Error' }),
        }),
      ),
    }),
  };
}
