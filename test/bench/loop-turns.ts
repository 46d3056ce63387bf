/** How long the event loop was held up, turn by turn: by the clock, and by how long this process itself worked meanwhile, which a busy machine does not change. */

export interface LongestTurn {
  readonly wallMs: number;
  /** The least of wall time and of the processor's: other processes count in neither, threads of our own (the garbage collector's) at most in part. */
  readonly ownMs: number;
}

export class LoopTurns {
  #isOn = true;
  #longest: LongestTurn = { wallMs: 0, ownMs: 0 };

  constructor() {
    let lastMs = performance.now();
    let lastCpu = process.cpuUsage();
    const turn = (): void => {
      const nowMs = performance.now();
      const { user, system } = process.cpuUsage(lastCpu);
      const wallMs = nowMs - lastMs;
      const ownMs = Math.min(wallMs, (user + system) / 1_000);
      this.#longest = {
        wallMs: Math.max(this.#longest.wallMs, wallMs),
        ownMs: Math.max(this.#longest.ownMs, ownMs),
      };
      lastMs = nowMs;
      lastCpu = process.cpuUsage();
      if (this.#isOn) setImmediate(turn);
    };
    setImmediate(turn);
  }

  /** What has been so far does not count. */
  restart(): void {
    this.#longest = { wallMs: 0, ownMs: 0 };
  }

  /** The longest since it was made, or restarted. */
  stop(): LongestTurn {
    this.#isOn = false;
    return this.#longest;
  }
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
