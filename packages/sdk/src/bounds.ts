/** Limits of a payload's size (record.md, section 7): a text is cut at a limit of its own, a payload as a whole, and each cut is marked. */
import type { InteractionPayload, JsonValue, StepPayload } from './payload.ts';

export interface PayloadLimits {
  /** UTF-16 units of a text field. */
  readonly maxFieldChars: number;
  /** Bytes of the payload as JSON. */
  readonly maxPayloadBytes: number;
}

type JsonObject = Readonly<Record<string, JsonValue>>;

/** Of an id or a model's name: a database keeps an index of them (PostgreSQL's entries have a limit of some 2,700 bytes). */
const MAX_ID_CHARS = 512;
const IDS = ['message_id', 'session_id', 'user_uuid', 'org_uuid', 'llm_model', 'llm_model2'] as const;
/** Of a text in a step. */
const MAX_STEP_CHARS = 65_536;
/** Of a key, however small the limit of texts: the contract's names stay whole. */
const MIN_KEY_CHARS = 64;
const MARK = '…';
/** What is added afterwards: the mark, and the organisation. */
const RESERVE_BYTES = 256;

export function boundPayload(payload: InteractionPayload, limits: PayloadLimits): InteractionPayload {
  const cut = new Cutter();
  const { step_data: steps, ...fields } = payload;
  const maxStepChars = Math.min(MAX_STEP_CHARS, limits.maxFieldChars);
  const bounded: InteractionPayload = {
    ...cut.texts(fields, limits.maxFieldChars),
    ...cut.texts(idsOf(payload), Math.min(MAX_ID_CHARS, limits.maxFieldChars)),
    ...(steps !== undefined && { step_data: steps.map((step) => cut.texts(step, maxStepChars)) }),
  };
  return marked(fitting(bounded, limits.maxPayloadBytes, cut), cut);
}

const idsOf = (payload: InteractionPayload): Partial<Pick<InteractionPayload, (typeof IDS)[number]>> =>
  Object.fromEntries(IDS.flatMap((id) => (payload[id] === undefined ? [] : [[id, payload[id]]])));

/** For a backend that found it too large: a quarter of what it was. `undefined`: there is nothing left to shorten. */
export function shortenPayload(payload: InteractionPayload): InteractionPayload | undefined {
  const cut = new Cutter();
  const shorter = fitting(payload, Math.floor(bytesOf(payload) / 4), cut);
  return cut.hasCut ? marked(shorter, cut) : undefined;
}

const marked = (payload: InteractionPayload, cut: Cutter): InteractionPayload =>
  cut.hasCut ? { ...payload, metaData: { ...payload.metaData, truncated: true } } : payload;

/** Texts of steps go first, the oldest first. If that is not enough, each part has its share, and prompt and answer have what the others leave. */
function fitting(payload: InteractionPayload, maxPayloadBytes: number, cut: Cutter): InteractionPayload {
  if (charsIn(payload) <= maxPayloadBytes / MAX_BYTES_PER_CHAR) return payload;
  const maxBytes = maxPayloadBytes - RESERVE_BYTES;
  const excess = bytesOf(payload) - maxBytes;
  if (excess <= 0) return payload;
  const { step_data: steps, ...fields } = payload;
  const bare = steps && withoutTexts(steps, excess, cut);
  const shorter: InteractionPayload = { ...fields, ...(bare !== undefined && { step_data: bare }) };
  if (bytesOf(shorter) <= maxBytes) return shorter;

  const { user_prompt: prompt, ai_response: answer, metaData, user_meta_data: userMetadata, ...others } = fields;
  const rest = {
    ...cut.object(others, shareOf(maxBytes, 8), shareOf(maxBytes, 128)),
    ...(metaData !== undefined && { metaData: cut.object(metaData, shareOf(maxBytes, 8)) }),
    ...(userMetadata !== undefined && { user_meta_data: cut.object(userMetadata, maxBytes / 16) }),
    ...(bare !== undefined && { step_data: cut.list(bare, maxBytes / 3) }),
  };
  const left = maxBytes - bytesOf(rest);
  const cutAnswer = cut.text(answer, Math.max(left / 2, left - bytesOf(prompt)));
  return { ...rest, user_prompt: cut.text(prompt, left - bytesOf(cutAnswer)), ai_response: cutAnswer };
}

/** Ids and numbers stay whole, however little room there is. */
const shareOf = (bytes: number, divisor: number): number => Math.max(1_000, bytes / divisor);

function withoutTexts(steps: readonly StepPayload[], excessBytes: number, cut: Cutter): StepPayload[] {
  let excess = excessBytes;
  return steps.map((step) => {
    if (excess <= 0 || (step.userQuestion === undefined && step.promptResponse === undefined)) return step;
    const { userQuestion: question, promptResponse: answer, ...rest } = step;
    cut.hasCut = true;
    excess -= bytesOf([question ?? '', answer ?? '']);
    return rest;
  });
}

class Cutter {
  hasCut = false;

  /** The same with each text in it cut; the value itself where none is too long. */
  texts<T extends JsonValue | object>(value: T, maxChars: number): T;
  texts(value: JsonValue, maxChars: number): JsonValue {
    if (typeof value === 'string') return this.#chars(value, maxChars);
    if (typeof value !== 'object' || value === null) return value;
    if (isList(value)) {
      const list = value.map((item) => this.texts(item, maxChars));
      return list.every((item, i) => item === value[i]) ? value : list;
    }
    const entries = Object.entries(value);
    const cut = entries.map(
      ([key, inner]) => [this.#chars(key, Math.max(maxChars, MIN_KEY_CHARS)), this.texts(inner, maxChars)] as const,
    );
    const isSame = cut.every(([key, inner], i) => key === entries[i]?.[0] && inner === entries[i][1]);
    return isSame ? value : Object.fromEntries(cut);
  }

  /** Cut between code points. */
  #chars(text: string, maxChars: number): string {
    if (text.length <= maxChars) return text;
    this.hasCut = true;
    const end = Math.max(0, maxChars - MARK.length);
    const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    return text.slice(0, isSplit ? end - 1 : end) + MARK;
  }

  /** Cut so that its JSON has no more bytes: what a character takes differs from one to six. */
  text(text: string, maxBytes: number): string {
    let cut = text;
    for (let bytes = bytesOf(cut); bytes > maxBytes && cut !== MARK; bytes = bytesOf(cut))
      cut = this.#chars(cut, Math.max(1, Math.floor((cut.length * maxBytes) / bytes) - 1));
    return cut;
  }

  /** Entries from the last, where ours stand, as long as there is room; one may take an eighth of it, or as much as is said. */
  object<T extends object>(object: T, maxBytes: number, maxEntryBytes = maxBytes / 8): T {
    if (bytesOf(object) <= maxBytes) return object;
    const kept: [string, JsonValue][] = [];
    let left = maxBytes;
    for (const [key, value] of Object.entries(object).reverse()) {
      const cut = this.#value(value as JsonValue, maxEntryBytes);
      left -= bytesOf([key, cut]);
      if (left >= 0) kept.push([key, cut]);
      else this.hasCut = true;
    }
    return Object.fromEntries(kept.reverse()) as T;
  }

  /** Items from the last, as long as there is room. */
  list<T extends JsonValue | object>(list: readonly T[], maxBytes: number): T[] {
    const kept: T[] = [];
    let left = maxBytes;
    for (const item of list.toReversed()) {
      left -= bytesOf(item) + 1;
      if (left < 0) break;
      kept.push(item);
    }
    if (kept.length < list.length) this.hasCut = true;
    return kept.reverse();
  }

  #value(value: JsonValue, maxBytes: number): JsonValue {
    if (typeof value === 'string') return this.text(value, maxBytes);
    if (typeof value !== 'object' || value === null) return value;
    return isList(value) ? this.list(value, maxBytes) : this.object(value, maxBytes);
  }
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

/** A control character in JSON, `\u0001`. */
const MAX_BYTES_PER_CHAR = 6;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Characters as JSON, counted without writing it: most payloads are far from any limit. */
function charsIn(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let chars = 2;
  if (Array.isArray(value)) for (const item of value as unknown[]) chars += charsIn(item) + 1;
  else for (const key in value) chars += key.length + 4 + charsIn((value as JsonObject)[key]);
  return chars;
}
