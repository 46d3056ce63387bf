/** Limits of a payload's size (record.md, section 7): a text is cut at a limit of its own, a payload as a whole, and each cut is marked. */
import type { InteractionPayload, JsonValue } from 'huggingplace-sdk';

export interface PayloadLimits {
  /** UTF-16 units of a text field. */
  readonly maxFieldChars: number;
  /** Bytes of the payload as JSON, as far as they can be known without writing it: three a character at most. */
  readonly maxPayloadBytes: number;
}

/** Of a text in a step. */
const MAX_STEP_CHARS = 65_536;
const MARK = '…';

export function boundPayload(
  payload: InteractionPayload,
  { maxFieldChars, maxPayloadBytes }: PayloadLimits,
): InteractionPayload {
  const cut = new Cutter();
  const maxStepChars = Math.min(MAX_STEP_CHARS, maxFieldChars);
  const { metaData, user_meta_data: userMetadata, step_data: steps } = payload;
  const bounded: InteractionPayload = {
    ...payload,
    user_prompt: cut.text(payload.user_prompt, maxFieldChars),
    ai_response: cut.text(payload.ai_response, maxFieldChars),
    ...(metaData !== undefined && { metaData: cut.object(metaData, maxFieldChars) }),
    ...(userMetadata !== undefined && { user_meta_data: cut.object(userMetadata, maxFieldChars) }),
    ...(steps !== undefined && { step_data: steps.map((step) => cut.object(step, maxStepChars)) }),
  };
  return marked(fitting(bounded, maxPayloadBytes, cut), cut);
}

/** For a backend that found it too large: a quarter of what it was. `undefined`: there is nothing left to shorten. */
export function shortenPayload(payload: InteractionPayload): InteractionPayload | undefined {
  const bytes = bytesOf(payload);
  const cut = new Cutter();
  const shorter = fitting(payload, Math.floor(bytes / 4), cut);
  return cut.hasCut ? marked(shorter, cut) : undefined;
}

const marked = (payload: InteractionPayload, cut: Cutter): InteractionPayload =>
  cut.hasCut ? { ...payload, metaData: { ...payload.metaData, truncated: true } } : payload;

/** Texts of steps go first, the oldest first; then the longest of prompt, answer and metadata. */
function fitting(payload: InteractionPayload, maxBytes: number, cut: Cutter): InteractionPayload {
  if (sizeOf(payload, charsOf) <= maxBytes / MAX_BYTES_PER_CHAR) return payload;
  let excess = bytesOf(payload) - maxBytes;
  if (excess <= 0) return payload;
  const steps = payload.step_data?.map((step) => {
    if (excess <= 0) return step;
    const before = bytesOf(step);
    const { userQuestion: _, promptResponse: __, ...rest } = step;
    cut.hasCut = true;
    excess -= before - bytesOf(rest);
    return rest;
  });
  const shorter: InteractionPayload = { ...payload, ...(steps !== undefined && { step_data: steps }) };
  if (excess <= 0) return shorter;
  const texts = [shorter.user_prompt, shorter.ai_response];
  const share = Math.max(1_000, Math.floor((maxBytes - (bytesOf(shorter) - bytesOf(texts))) / 2 / 3));
  const fit = {
    ...shorter,
    user_prompt: cut.text(shorter.user_prompt, share),
    ai_response: cut.text(shorter.ai_response, share),
  };
  if (bytesOf(fit) <= maxBytes) return fit;
  return {
    ...fit,
    ...(fit.metaData !== undefined && { metaData: cut.object(fit.metaData, 1_000) }),
    ...(fit.user_meta_data !== undefined && { user_meta_data: cut.object(fit.user_meta_data, 1_000) }),
  };
}

class Cutter {
  hasCut = false;

  /** Cut between code points. */
  text(text: string, maxChars: number): string {
    if (text.length <= maxChars) return text;
    this.hasCut = true;
    const end = Math.max(0, maxChars - MARK.length);
    const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    return text.slice(0, isSplit ? end - 1 : end) + MARK;
  }

  /** As it is where nothing in it is too long. */
  object<T extends { readonly [key: string]: JsonValue | undefined }>(object: T, maxChars: number): T {
    if (
      Object.values(object).every(
        (value) => typeof value !== 'object' && (typeof value !== 'string' || value.length <= maxChars),
      )
    )
      return object;
    return Object.fromEntries(
      Object.entries(object).map(([key, value]) => [key, value === undefined ? value : this.#value(value, maxChars)]),
    ) as T;
  }

  #value(value: JsonValue, maxChars: number): JsonValue {
    if (typeof value === 'string') return this.text(value, maxChars);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => this.#value(item, maxChars));
    return this.object(value as { readonly [key: string]: JsonValue }, maxChars);
  }
}

/** UTF-8; in JSON a control character takes six, which prompts are not made of. */
const MAX_BYTES_PER_CHAR = 3;
const charsOf = (text: string): number => text.length;

/** Bytes as JSON, counted without writing it. */
const bytesOf = (value: unknown): number => sizeOf(value, (text) => Buffer.byteLength(text));

function sizeOf(value: unknown, ofText: (text: string) => number): number {
  if (typeof value === 'string') return ofText(value) + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 2;
  if (Array.isArray(value)) for (const item of value as unknown[]) size += sizeOf(item, ofText) + 1;
  else for (const key in value) size += ofText(key) + 4 + sizeOf((value as Record<string, unknown>)[key], ofText);
  return size;
}
