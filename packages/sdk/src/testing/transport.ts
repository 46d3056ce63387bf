/** A backend without a network, for tests that let hours pass: it answers as it is told, and keeps what it was sent. */
import type { ManualClock } from './clock.ts';
import { HuggingPlaceSDKError } from '../errors.ts';
import type { Credentials } from '../options.ts';
import { outcomeOfAnswer, outcomeOfNoAnswer, type Outcome } from '../outcome.ts';
import type { StoreRequest } from '../payload.ts';
import type { Transport } from '../transport.ts';

export interface Attempt {
  readonly atMs: number;
  readonly apiKey: string;
  readonly body: StoreRequest;
}

/** A status, or no answer; a promise for one that takes its time. */
export type Behaviour = (attempt: Attempt) => number | 'none' | Outcome | Promise<number | 'none' | Outcome>;

export class StandInTransport implements Transport {
  readonly attempts: Attempt[] = [];
  readonly stored: StoreRequest[] = [];
  readonly #clock: ManualClock;
  behaviour: Behaviour;
  mostAtOnce = 0;
  #atOnce = 0;

  constructor(clock: ManualClock, behaviour: Behaviour = () => 200) {
    this.#clock = clock;
    this.behaviour = behaviour;
  }

  async store(bytes: Uint8Array, { apiKey }: Credentials): Promise<Outcome> {
    const body = JSON.parse(Buffer.from(bytes).toString()) as StoreRequest;
    const attempt = { atMs: this.#clock.monotonicMs(), apiKey, body };
    this.attempts.push(attempt);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    const answer = await this.behaviour(attempt);
    this.#atOnce -= 1;
    const outcome = this.#outcomeOf(answer);
    if (outcome.type === 'stored') this.stored.push(body);
    return outcome;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #outcomeOf(answer: number | 'none' | Outcome): Outcome {
    if (answer === 'none') return outcomeOfNoAnswer(new HuggingPlaceSDKError('down'), 'https://backend.example');
    return typeof answer === 'number' ? outcomeOfAnswer({ status: answer, message: `HTTP ${answer}` }, 0) : answer;
  }
}
