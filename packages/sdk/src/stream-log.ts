/** The interaction of a streamed answer: its text, and the times to the first piece of it and to the end. */
import { pieceText } from './answer-text.ts';
import type { StreamListener } from './answer-stream.ts';
import type { Clock } from './clock.ts';
import { errorFields, withTiming } from './log-timing.ts';
import type { LogOptions } from './log-options.ts';

/** Without a piece for so long, as the exporter gives up spans that never end: nobody reads it any more. */
const IDLE_MS = 600_000;

export class StreamLog implements StreamListener {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #maxChars: number;
  readonly #finish: (fields: LogOptions) => void;
  readonly #decoder = new TextDecoder();
  #text = '';
  #firstTextMs: number | undefined;
  #lastPieceMs: number;
  #cancelTimer: () => void;
  #isFinished = false;

  /**
   * @param startMs when the call began, on the monotonic clock
   * @param maxChars of the answer that are kept: one more than a field may have is enough to see that it is cut
   * @param finish told once, with what is known of the answer
   */
  constructor(clock: Clock, startMs: number, maxChars: number, finish: (fields: LogOptions) => void) {
    this.#clock = clock;
    this.#startMs = startMs;
    this.#maxChars = maxChars;
    this.#finish = finish;
    this.#lastPieceMs = clock.monotonicMs();
    this.#cancelTimer = this.#endWhenIdle();
  }

  piece(piece: unknown): void {
    const text =
      ArrayBuffer.isView(piece) && piece instanceof Uint8Array
        ? this.#decoder.decode(piece, { stream: true })
        : pieceText(piece);
    this.#lastPieceMs = this.#clock.monotonicMs();
    if (text === '') return;
    this.#firstTextMs ??= this.#lastPieceMs;
    if (this.#text.length <= this.#maxChars) this.#text += text;
  }

  ended(): void {
    this.#end({});
  }

  /** Its reader stopped, or nobody will ever know whether it would have: it is logged with what has come. */
  cancelled(): void {
    this.#end({ metaData: { incomplete: true } });
  }

  failed(error: unknown): void {
    const fields = errorFields(error);
    this.#end(this.#text === '' ? fields : { metaData: fields.metaData });
  }

  #end(fields: LogOptions): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#cancelTimer();
    const first = this.#firstTextMs;
    const metaData = {
      ...(first !== undefined && { time_to_first_token_ms: Math.round(first - this.#startMs) }),
      ...fields.metaData,
    };
    const whole = { ai_response: this.#text, ...fields, metaData };
    this.#finish(withTiming(whole, this.#clock.monotonicMs() - this.#startMs));
  }

  #endWhenIdle(): () => void {
    return this.#clock.schedule(
      () => {
        if (this.#clock.monotonicMs() - this.#lastPieceMs >= IDLE_MS) this.cancelled();
        else this.#cancelTimer = this.#endWhenIdle();
      },
      this.#lastPieceMs + IDLE_MS - this.#clock.monotonicMs(),
    );
  }
}
