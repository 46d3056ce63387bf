/** From what a caller gave, in whatever spelling, to the wire's fields. Pure; never changes what it is given. */
import { ValidationError } from './errors.ts';
import { storableText, toJsonValue } from './json.ts';
import type { LogOptions, StepOptions } from './log-options.ts';
import { nearestName } from './nearest-name.ts';
import { describe } from './option-reader.ts';
import type { InteractionPayload, JsonValue, StepPayload } from './payload.ts';
import { responseTimeText } from './response-time.ts';

/** The other spellings of the wire's fields (wire contract, section 5), in order of precedence. */
const SPELLINGS = {
  user_prompt: ['userPrompt'],
  ai_response: ['response', 'aiResponse'],
  session_id: ['sessionId'],
  message_id: ['messageId'],
  user_uuid: ['userUuid', 'userId'],
  user_roles: ['userRoles'],
  org_uuid: ['orgUuid'],
  llm_model: ['llmModel'],
  llm_model2: ['llmModel2'],
  token_count: ['tokenCount'],
  response_time: ['responseTime'],
  file_name: ['fileName'],
  mapping_table: ['mappingTable'],
  metaData: ['metadata'],
  user_meta_data: ['userMetadata', 'userMetaData', 'user_metadata'],
  step_data: ['stepData'],
} as const satisfies Partial<Record<keyof InteractionPayload, readonly (keyof LogOptions)[]>>;

const STEP_SPELLINGS: Readonly<Record<string, string>> = {
  stepName: 'step_name',
  timeMs: 'time_ms',
  user_question: 'userQuestion',
  prompt_response: 'promptResponse',
  llm_model: 'llmModel',
  input_tokens: 'inputTokens',
  output_tokens: 'outputTokens',
  response_time: 'responseTime',
};

type Field = keyof typeof SPELLINGS;
/** Of the configuration, whatever the caller says. */
const CONFIGURED = new Set(['org_id', 'mode']);
const KNOWN: ReadonlySet<string> = new Set(Object.entries(SPELLINGS).flat(2));

/** An interaction's fields but for those of the configuration. */
export type LogFields = Omit<InteractionPayload, 'mode'>;

/**
 * @param call what the caller called, for the message of an error
 * @throws ValidationError naming the field, what was expected, and what came (but never content)
 */
export function readLogFields(options: LogOptions, call = 'log()'): LogFields {
  if (!isObject(options))
    throw new ValidationError(`huggingplace: ${call}: expected an object, got ${describe(options, true)}`);
  const read = <T>(
    field: Field,
    expected: string,
    parse: (value: unknown) => T | undefined,
    isElement?: (element: unknown) => boolean,
  ): T | undefined => {
    const spelling = [field, ...SPELLINGS[field]].find((name) => !isEmpty(options[name]));
    if (spelling === undefined) return undefined;
    const value = options[spelling];
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    const isContent = !SHOWN.has(field);
    const wrong = isElement && Array.isArray(value) ? value.findIndex((element) => !isElement(element)) : -1;
    const got =
      wrong < 0
        ? describe(value, isContent)
        : `an array whose element ${wrong} is ${describe((value as unknown[])[wrong], true)}`;
    throw new ValidationError(`huggingplace: ${call}: ${spelling}: expected ${expected}, got ${got}`);
  };
  const text = (field: Field) => read(field, 'a text', asText);
  const id = (field: Field) => read(field, 'a text or a number', asId);
  const object = (field: 'metaData' | 'user_meta_data') => {
    read(field, 'an object', asObject);
    const merged = mergedObject(options, field);
    return merged && (toJsonValue(merged) as Record<string, JsonValue>);
  };

  return {
    user_prompt: text('user_prompt') ?? '',
    ai_response: text('ai_response') ?? '',
    ...present({
      session_id: id('session_id'),
      message_id: id('message_id'),
      user_uuid: id('user_uuid'),
      user_roles: read('user_roles', 'a list of texts', asTexts, (role) => asId(role) !== undefined),
      org_uuid: id('org_uuid'),
      llm_model: text('llm_model'),
      llm_model2: text('llm_model2'),
      token_count: read('token_count', 'a number of at least 0', asCount),
      response_time: read('response_time', 'a text or a number of milliseconds', asTime),
      file_name: text('file_name'),
      mapping_table: text('mapping_table'),
      metaData: object('metaData'),
      user_meta_data: object('user_meta_data'),
      step_data: read('step_data', 'a list of objects', asSteps, isObject),
    }),
    ...furtherKeys(options),
  };
}

/**
 * Whether `log()` would take it.
 *
 * @throws ValidationError naming the field, what was expected, and what came (but never content)
 */
export function validateLogOptions(options: LogOptions): void {
  readLogFields(options);
}

/** Further keys that are a letter away from a field: what was meant stays empty. */
export function misspelt(options: LogOptions): readonly { readonly given: string; readonly meant: string }[] {
  return Object.keys(options).flatMap((given) => {
    const meant = KNOWN.has(given) || CONFIGURED.has(given) ? undefined : nearestName(given, KNOWN);
    return meant === undefined ? [] : [{ given, meant }];
  });
}

/** All spellings of an object field in one; `undefined` where there is none. What is no object counts as none. */
export function mergedObject(
  options: LogOptions,
  field: 'metaData' | 'user_meta_data',
): Record<string, unknown> | undefined {
  const given = [field, ...SPELLINGS[field]].map((name) => parsed(options[name])).filter(isObject);
  return given.length === 0
    ? undefined
    : Object.fromEntries(given.reverse().flatMap((object) => Object.entries(object)));
}

/** The first spelling of it that is not empty. */
export function firstSpelling(options: LogOptions, field: Field): unknown {
  return [field, ...SPELLINGS[field]].map((name) => options[name]).find((value) => !isEmpty(value));
}

/** A step in the wire's spelling. */
export function readStep(step: StepOptions): StepPayload {
  const entries: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(step)) {
    const field = STEP_SPELLINGS[name] ?? name;
    const json = value === null ? undefined : toJsonValue(value);
    const isTaken = field !== name && !isEmpty(step[field]);
    if (json !== undefined && !isTaken) entries.push([field, json]);
  }
  // The wire takes a step without a name or a status; ours always have both.
  return Object.fromEntries(entries) as StepPayload;
}

/** Of these the value may stand in a message: they are short, and nobody's content. */
const SHOWN: ReadonlySet<Field> = new Set(['token_count', 'response_time', 'message_id', 'llm_model', 'llm_model2']);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

/** As today's SDK sends them: what is no text is told as JSON tells it. */
function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'bigint') return String(value);
  const json = toJsonValue(value);
  return json === undefined || json === null ? undefined : JSON.stringify(json);
}
const asTextOnly = (value: unknown) => (typeof value === 'string' ? storableText(value) : undefined);
const asId = (value: unknown) =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))
    ? String(value)
    : asTextOnly(value);
const asCount = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
/** A number is in milliseconds, and told as the contract tells it. */
const asTime = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? responseTimeText(value) : asTextOnly(value);
const asObject = (value: unknown) => (isObject(parsed(value)) ? value : undefined);

function asTexts(value: unknown): string[] | undefined {
  const list: unknown[] = [value].flat();
  const texts = list.map(asId);
  return texts.every((item) => item !== undefined) ? texts : undefined;
}

function asSteps(value: unknown): StepPayload[] | undefined {
  const steps: unknown[] = [parsed(value)].flat();
  return steps.every(isObject) ? steps.map(readStep) : undefined;
}

/** What JSON text says; anything else as it is. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Without those that are `undefined`. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function furtherKeys(options: LogOptions): Record<string, JsonValue> {
  const entries: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(options)) {
    const json = KNOWN.has(key) || CONFIGURED.has(key) ? undefined : toJsonValue(value);
    if (json !== undefined) entries.push([key, json]);
  }
  return Object.fromEntries(entries);
}
