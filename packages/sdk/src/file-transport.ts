/** Interactions into a file, one line of JSON each, instead of to a backend: for development, air-gapped machines, and imports later. */
import { closeSync, ftruncateSync, fstatSync, mkdirSync, openSync, writevSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NetworkError, ValidationError } from './errors.ts';
import { describe } from './option-reader.ts';
import type { Outcome } from './outcome.ts';
import type { Transport } from './transport.ts';

export interface FileTransportOptions {
  /** Appended to; made, with its folders, where it is not there (file 0600). */
  readonly path: string;
}

const NEW_LINE = Buffer.from('\n');

/**
 * Each line is a `StoreRequest`, without the key. Written at once and whole, so that nothing is left to do when the process ends. What the
 * disk refuses is tried again as if the backend were away.
 */
export class FileTransport implements Transport {
  readonly #path: string;
  #fd: number | undefined;

  /** @throws ValidationError where `path` is no text */
  constructor(options: FileTransportOptions) {
    const { path } = Object(options) as { readonly path?: unknown };
    if (typeof path !== 'string' || path === '')
      throw new ValidationError(
        `huggingplace: FileTransport: option path: expected a text, got ${describe(path, false)}`,
      );
    this.#path = resolve(path);
  }

  store(body: Uint8Array): Promise<Outcome> {
    try {
      this.#append(body);
      return Promise.resolve({ type: 'stored' });
    } catch (cause) {
      this.#release();
      const error = new NetworkError(`${this.#path} can not be written to`, { cause });
      return Promise.resolve({ type: 'failed', error, fault: 'backend' });
    }
  }

  close(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  #append(body: Uint8Array): void {
    const fd = (this.#fd ??= this.#open());
    const size = fstatSync(fd).size;
    const written = writevSync(fd, [body, NEW_LINE]);
    if (written === body.length + NEW_LINE.length) return;
    ftruncateSync(fd, size); // half a line
    throw new Error('the disk is full');
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    return openSync(this.#path, 'a', 0o600);
  }

  #release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
