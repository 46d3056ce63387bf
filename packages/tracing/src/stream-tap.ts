/** Listens to one stream while its consumer reads it: what it gives, and how it ends. */
import { context } from '@opentelemetry/api';
import { toText } from './content.ts';
import { isObject, member } from './override.ts';
import { pieceText } from './piece-text.ts';
import type { Watcher } from './watcher.ts';

type Decoder = InstanceType<typeof TextDecoder>;

export class StreamTap {
  /** The object that the application was given: while a part of it is read, it counts as in use. */
  readonly owner: object;
  readonly #watcher: Watcher;
  readonly #decoder: Decoder | undefined;
  #text = '';

  constructor(owner: object, watcher: Watcher, decoder?: Decoder) {
    this.owner = owner;
    this.#watcher = watcher;
    this.#decoder = decoder;
  }

  /** One call to the stream, in the span's context. Its result, or what its promise gives, is an iterator's: `{ done, value }`. */
  read(call: () => unknown): unknown {
    const failed = (error: unknown): never => {
      this.failed(error);
      throw error;
    };
    let result;
    try {
      result = this.inContext(call);
    } catch (error) {
      failed(error);
    }
    return result instanceof Promise ? (result as Promise<unknown>).then(this.#noted, failed) : this.#noted(result);
  }

  inContext(call: () => unknown): unknown {
    return context.with(this.#watcher.context, call);
  }

  readonly #noted = (result: unknown): unknown => {
    // A database cursor ends with `null`.
    if (!isObject(result) || member(result, 'done') === true) this.finished();
    else this.received(member(result, 'value'));
    return result;
  };

  received(piece: unknown): void {
    const { maxChars = 0 } = this.#watcher;
    this.#watcher.lastReadMs = Date.now();
    if (this.#text.length >= maxChars) return;
    this.#watcher.kept = this.#text = (this.#text + this.#textOf(piece)).slice(0, maxChars + 1);
  }

  #textOf(piece: unknown): string {
    const text = pieceText(piece);
    if (text !== undefined) return text;
    if (piece instanceof Uint8Array) return this.#decoder?.decode(piece, { stream: true }) ?? '';
    const { maxChars = 0, keepsValues } = this.#watcher;
    const json = keepsValues ? toText(piece, maxChars, true) : undefined;
    return json === undefined ? '' : (this.#text && '\n') + json;
  }

  /** Read to its end, or cancelled. */
  finished(): void {
    this.#watcher.finished(this.#text || undefined);
  }

  failed(error: unknown): void {
    this.#watcher.failed(error, this.#text || undefined);
  }
}
