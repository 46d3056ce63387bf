/** A folder for interactions that the backend will never take, one file each, so that somebody can see why and send them again. */
import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Notices } from './notices.ts';
import { preparePrivateDirectory } from './private-directory.ts';

export interface DeadLetterCause {
  /** A `DropReason`. */
  readonly reason: string;
  /** What the backend said. */
  readonly message: string;
}

export class DeadLetterFolder {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #notices: Notices;
  /** Of what the folder holds; `undefined`: not looked at yet. */
  #bytes: number | undefined;

  constructor(directory: string, maxBytes: number, clock: Clock, notices: Notices) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#clock = clock;
    this.#notices = notices;
  }

  /** `false`: the disk does not take it, or the folder is full. Never throws. */
  keep(body: Uint8Array, { reason, message }: DeadLetterCause): boolean {
    const at = new Date(this.#clock.wallMs()).toISOString();
    const about = JSON.stringify({ at, reason, message }).slice(0, -1);
    const file = Buffer.concat([Buffer.from(`${about},"request":`), body, Buffer.from('}\n')]);
    try {
      this.#bytes ??= this.#measure();
      if (this.#bytes + file.length > this.#maxBytes) throw new Error('it holds maxSpoolBytes already');
      const name = `${at.replaceAll(':', '-')}-${randomBytes(4).toString('hex')}.json`;
      writeFileSync(join(this.#directory, name), file, { flag: 'wx', mode: 0o600 });
      this.#bytes += file.length;
      return true;
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.#notices.say(
        'dead_letter',
        'error',
        `deadLetterDirectory ${this.#directory} can not be written to (${cause})`,
      );
      return false;
    }
  }

  #measure(): number {
    preparePrivateDirectory(this.#directory);
    return readdirSync(this.#directory).reduce((sum, name) => sum + lstatSync(join(this.#directory, name)).size, 0);
  }
}
