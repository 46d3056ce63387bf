/** One file of the spool, open: records are appended, read back, and marked when they are done with. */
import {
  closeSync,
  constants,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writevSync,
} from 'node:fs';
import {
  encodeDone,
  encodeHeader,
  encodeRecord,
  MAX_HEADER_BYTES,
  parseHeader,
  parseSegment,
  type ParsedHeader,
  type ParsedSegment,
} from './spool-format.ts';

/** Where a record lies. */
export interface SpoolRecord {
  readonly segment: SpoolSegment;
  readonly sequence: number;
  readonly offset: number;
  readonly length: number;
}

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;
/** Not known on Windows. */
const O_NOFOLLOW = (constants as { O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;

/** Methods throw what the file system throws, unless they say otherwise. */
export class SpoolSegment {
  #path: string;
  readonly #fd: number;
  readonly #headerLength: number;
  #size: number;
  readonly #live: Set<number>;
  #sequence = 0;

  private constructor(path: string, fd: number, headerLength: number, size: number, live: Iterable<number>) {
    this.#path = path;
    this.#fd = fd;
    this.#headerLength = headerLength;
    this.#size = size;
    this.#live = new Set(live);
  }

  static create(path: string, baseUrl: string): SpoolSegment {
    const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    const header = encodeHeader(baseUrl);
    const segment = new SpoolSegment(path, fd, header.length, 0, []);
    segment.#append([header]);
    return segment;
  }

  /** Opens a file that another process left. */
  static open(path: string): { segment: SpoolSegment; content: ParsedSegment; file: Buffer } {
    const fd = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW);
    const file = readFileSync(fd);
    const content = parseSegment(file);
    const live = content.live.map(({ sequence }) => sequence);
    return { segment: new SpoolSegment(path, fd, file.indexOf('\n') + 1, file.length, live), content, file };
  }

  static readHeader(path: string): ParsedHeader {
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW);
    try {
      const start = Buffer.alloc(MAX_HEADER_BYTES);
      return parseHeader(start.subarray(0, readSync(fd, start)));
    } finally {
      closeSync(fd);
    }
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#size;
  }

  get liveRecords(): number {
    return this.#live.size;
  }

  write(body: Uint8Array, orgId: string, createdMs: number): SpoolRecord {
    const sequence = ++this.#sequence;
    const line = encodeRecord(sequence, createdMs, orgId, body);
    const end = this.#append(line);
    this.#live.add(sequence);
    return { segment: this, sequence, offset: end - 1 - body.length, length: body.length };
  }

  read({ offset, length }: SpoolRecord): Uint8Array {
    const body = Buffer.allocUnsafeSlow(length);
    if (readSync(this.#fd, body, 0, length, offset) !== length) throw new Error('the file is shorter than it was');
    return body;
  }

  /** A file whose last record is done with is emptied: it does not grow while delivery keeps up. */
  markDone({ sequence }: SpoolRecord): void {
    if (!this.#live.delete(sequence)) return;
    if (this.#live.size > 0) this.#append([encodeDone(sequence)]);
    else {
      ftruncateSync(this.#fd, this.#headerLength);
      this.#size = this.#headerLength;
    }
  }

  /** A sign of life; throws when the file is no longer there under its name. */
  touch(wallMs: number): void {
    utimesSync(this.#path, wallMs / 1000, wallMs / 1000);
  }

  rename(path: string): void {
    renameSync(this.#path, path);
    this.#path = path;
  }

  close(): void {
    closeSync(this.#fd);
  }

  remove(): void {
    this.close();
    unlinkSync(this.#path);
  }

  /** Gives the file's new size. */
  #append(parts: readonly Uint8Array[]): number {
    const expected = parts.reduce((sum, part) => sum + part.length, 0);
    let written = 0;
    try {
      written = writevSync(this.#fd, [...parts]);
      if (written !== expected) throw new Error('the disk is full');
    } catch (error) {
      if (written > 0) ftruncateSync(this.#fd, this.#size); // half a line
      throw error;
    }
    this.#size += expected;
    return this.#size;
  }
}
