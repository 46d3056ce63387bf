/**
 * What waits, on disk: written before it is sent, done with only after the backend has it. Survives the death of the process: the next one
 * that uses the directory adopts what it finds. The key is never in it.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Notices } from './notices.ts';
import { isOwnedByUs, preparePrivateDirectory } from './private-directory.ts';
import type { StoredRecord } from './spool-format.ts';
import { isAlive, newOwnerId } from './spool-owner.ts';
import { SpoolSegment, type SpoolRecord } from './spool-segment.ts';

/** A file that has grown so far is written to no more, so that it can go when its records are done with. */
const MAX_SEGMENT_BYTES = 8 * 1024 * 1024;
/** After the disk refused a write it is asked again after so long. */
const RETRY_DISK_MS = 1_000;
/** Files that are kept of what is damaged. */
const MAX_SET_ASIDE = 100;
/** Adopting stops for a breath after so long: the event loop is the application's. */
const ADOPT_SLICE_MS = 10;

const EXTENSION = '.spool';
/** A folder in the spool. */
const SET_ASIDE = 'set-aside';
/** A file that its owner left in good order. */
const RELEASED = 'released';

export interface SpoolSettings {
  readonly directory: string;
  readonly maxBytes: number;
  /** Records for another backend are left alone. */
  readonly baseUrl: string;
}

export interface Adopted extends StoredRecord {
  readonly record: SpoolRecord;
}

export interface Adoption {
  readonly records: Adopted[];
  /** Records that can't be read any more. */
  readonly damaged: number;
  /** More is to be adopted: call again soon. */
  readonly isUnfinished: boolean;
}

/** Never throws: what the disk refuses stays in memory, and is said once a minute. */
export class Spool {
  readonly #settings: SpoolSettings;
  readonly #clock: Clock;
  readonly #notices: Notices;
  readonly #ownerId = newOwnerId();
  /** Files with live records, and the current one. */
  readonly #segments = new Set<SpoolSegment>();
  #current: SpoolSegment | undefined;
  #fileNumber = 0;
  #isPrepared = false;
  #refusedUntilMs = -Infinity;
  /** Names of others' files that are still to be looked at. */
  #found: string[] = [];
  /** Of the files of other processes, as last seen. */
  #othersBytes = 0;

  constructor(settings: SpoolSettings, clock: Clock, notices: Notices) {
    this.#settings = settings;
    this.#clock = clock;
    this.#notices = notices;
  }

  /** `undefined`: the disk does not take it, or the spool is full. */
  write(body: Uint8Array, orgId: string): SpoolRecord | undefined {
    if (this.#clock.monotonicMs() < this.#refusedUntilMs) return undefined;
    if (this.#bytes() + body.length > this.#settings.maxBytes) {
      this.#notices.say(
        'spool_full',
        'warn',
        'the spool is full (maxSpoolBytes): further interactions are kept in memory only',
      );
      return undefined;
    }
    try {
      this.#prepare();
      if (this.#current !== undefined && this.#current.size >= MAX_SEGMENT_BYTES) this.#current = undefined;
      this.#current ??= this.#createSegment();
      return this.#current.write(body, orgId, this.#clock.wallMs());
    } catch (error) {
      this.#current = undefined;
      this.#isPrepared = false;
      this.#refusedUntilMs = this.#clock.monotonicMs() + RETRY_DISK_MS;
      this.#complain('can not be written to: interactions are kept in memory only until it can', error);
      return undefined;
    }
  }

  /** `undefined`: it can't be read any more. */
  read(record: SpoolRecord): Uint8Array | undefined {
    try {
      return record.segment.read(record);
    } catch (error) {
      this.#complain('can not be read', error);
      return undefined;
    }
  }

  /** Whether the record outlives this process. */
  holds(record: SpoolRecord): boolean {
    return this.#segments.has(record.segment);
  }

  markDone(record: SpoolRecord): void {
    if (!this.holds(record)) return;
    const { segment } = record;
    try {
      segment.markDone(record);
      if (segment.liveRecords === 0 && segment !== this.#current) this.#discard(segment);
    } catch (error) {
      this.#complain('can not be written to: what is delivered now may be sent again after a crash', error);
    }
  }

  /** Takes over what ended processes left, as much as a moment allows. */
  adopt(): Adoption {
    const records: Adopted[] = [];
    let damaged = 0;
    const startMs = performance.now();
    if (this.#found.length === 0) this.#found = this.#filesOfOthers();
    for (let name = this.#found.pop(); name !== undefined; name = this.#found.pop()) {
      try {
        if (this.#isOrphan(name)) damaged += this.#adoptFile(name, records);
      } catch (error) {
        this.#complain('holds a file that can not be read', error);
      }
      if (performance.now() - startMs > ADOPT_SLICE_MS) break;
    }
    return { records, damaged, isUnfinished: this.#found.length > 0 };
  }

  /** Says that this process lives, and lets go of what is empty. */
  beat(): void {
    for (const segment of [...this.#segments]) {
      try {
        if (segment.liveRecords === 0) this.#discard(segment);
        else segment.touch(this.#clock.wallMs());
      } catch (error) {
        // Somebody removed the file, or took it for an orphan's. It is still open, and can be read; but it is no longer ours.
        this.#segments.delete(segment);
        this.#isPrepared = false;
        if (segment === this.#current) this.#current = undefined;
        this.#complain('has lost a file', error);
      }
    }
  }

  /** Leaves every file to whoever comes next. */
  release(): void {
    for (const segment of [...this.#segments]) {
      try {
        if (segment.liveRecords === 0) this.#discard(segment);
        else {
          segment.rename(this.#newPath(`${RELEASED}-${randomBytes(8).toString('hex')}`));
          segment.close();
        }
      } catch (error) {
        this.#complain('could not be put in order', error);
      }
    }
    this.#segments.clear();
    this.#current = undefined;
  }

  #bytes(): number {
    let bytes = this.#othersBytes;
    for (const { size } of this.#segments) bytes += size;
    return bytes;
  }

  #newPath(owner: string): string {
    return this.#pathOf(`${owner}.${++this.#fileNumber}${EXTENSION}`);
  }

  #pathOf(name: string): string {
    return join(this.#settings.directory, name);
  }

  #createSegment(): SpoolSegment {
    const segment = SpoolSegment.create(this.#newPath(this.#ownerId), this.#settings.baseUrl);
    this.#segments.add(segment);
    return segment;
  }

  #discard(segment: SpoolSegment): void {
    this.#segments.delete(segment);
    if (segment === this.#current) this.#current = undefined;
    segment.remove();
  }

  #prepare(): void {
    if (this.#isPrepared) return;
    preparePrivateDirectory(this.#settings.directory);
    this.#isPrepared = true;
  }

  #filesOfOthers(): string[] {
    this.#othersBytes = 0;
    try {
      this.#prepare();
      const names = readdirSync(this.#settings.directory);
      return names.filter((name) => name.endsWith(EXTENSION) && !name.startsWith(this.#ownerId));
    } catch (error) {
      this.#complain('can not be read', error);
      return [];
    }
  }

  /** Left by a process that has ended. */
  #isOrphan(name: string): boolean {
    const stats = lstatSync(this.#pathOf(name), { throwIfNoEntry: false });
    if (stats === undefined) return false;
    if (!stats.isFile() || !isOwnedByUs(stats)) {
      this.#notices.say('spool_foreign', 'warn', `${name} in the spool is no file of this user: it is left alone`);
      return false;
    }
    this.#othersBytes += stats.size;
    const owner = name.split('.', 1)[0] ?? '';
    return owner.startsWith(RELEASED) || !isAlive(owner, stats.mtimeMs, this.#clock.wallMs());
  }

  /** Gives the number of records that are damaged. */
  #adoptFile(name: string, records: Adopted[]): number {
    const path = this.#pathOf(name);
    const header = SpoolSegment.readHeader(path);
    if (header === 'foreign') this.#setAside(name, (aside) => renameSync(path, aside));
    if (header === 'newer')
      this.#notices.say('spool_newer', 'warn', 'the spool holds files of a newer version: they are left alone');
    if (typeof header === 'string' || header.baseUrl !== this.#settings.baseUrl) return 0;

    const mine = this.#newPath(this.#ownerId);
    try {
      renameSync(path, mine);
    } catch {
      return 0; // another process was faster
    }
    const { segment, content, file } = SpoolSegment.open(mine);
    this.#segments.add(segment);
    this.#othersBytes -= segment.size;
    for (const stored of content.live) records.push({ ...stored, record: { ...stored, segment } });
    if (content.damaged.length > 0) {
      const bytes = content.damaged.map(({ offset, length }) => file.subarray(offset, offset + length));
      this.#setAside(basename(mine), (aside) => writeFileSync(aside, Buffer.concat(bytes), { mode: 0o600 }));
    }
    if (segment.liveRecords === 0) this.#discard(segment);
    return content.damaged.filter(({ isRecord }) => isRecord).length;
  }

  /** What can't be read is kept for people to look at, but not without end. */
  #setAside(name: string, put: (path: string) => void): void {
    const folder = this.#pathOf(SET_ASIDE);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const isRoom = readdirSync(folder).length < MAX_SET_ASIDE;
    if (isRoom) put(join(folder, name));
    const place = isRoom ? `what is damaged is kept in ${folder}` : `${folder} is full`;
    this.#notices.say('spool_damaged', 'error', `${name} in the spool is damaged, or no file of ours: ${place}`);
  }

  #complain(what: string, error: unknown): void {
    const cause = error instanceof Error ? error.message : String(error);
    this.#notices.say(
      'spool',
      'error',
      `spoolDirectory (HUGGINGPLACE_SPOOL_DIR) ${this.#settings.directory} ${what} (${cause})`,
    );
  }
}
