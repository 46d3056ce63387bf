/**
 * How the spool writes: one line for each thing, so that a damaged one costs only itself. JSON holds no line break.
 *
 *     huggingplace-spool 1 <base URL>
 *     +<checksum> <sequence> <created, ms since the epoch> <organisation, URL-encoded> <body>
 *     -<checksum> <sequence>
 *
 * `+` keeps a record, `-` says that it is done with. The checksum is the CRC-32 of the rest of the line, in eight hexadecimal digits.
 */
import { crc32 } from 'node:zlib';

const MAGIC = 'huggingplace-spool';
const VERSION = 1;

const LINE_FEED = 0x0a;
const PLUS = 0x2b;
const MINUS = 0x2d;
/** A sign, the checksum and a space. */
const PREFIX_LENGTH = 10;

export interface StoredRecord {
  readonly sequence: number;
  readonly createdMs: number;
  readonly orgId: string;
  /** Of the body in the file, in bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a file that are no valid line. */
export interface Damage {
  readonly offset: number;
  readonly length: number;
  /** It was meant to keep a record. */
  readonly isRecord: boolean;
}

export interface ParsedSegment {
  readonly live: readonly StoredRecord[];
  readonly damaged: readonly Damage[];
}

/** `foreign`: not written by this program; `newer`: by one that knows more than this one. */
export type ParsedHeader = { readonly baseUrl: string } | 'foreign' | 'newer';

/** A header is never longer: more of a file need not be read to know what it is. */
export const MAX_HEADER_BYTES = 4096;

export const encodeHeader = (baseUrl: string): Buffer => Buffer.from(`${MAGIC} ${VERSION} ${baseUrl}\n`);

/** The parts of a line, for one write; the body is the second to last. */
export function encodeRecord(
  sequence: number,
  createdMs: number,
  orgId: string,
  body: Uint8Array,
): readonly Uint8Array[] {
  const fields = Buffer.from(`${sequence} ${createdMs} ${encodeURIComponent(orgId)} `);
  return [Buffer.from(`+${hex(crc32(body, crc32(fields)))} `), fields, body, Buffer.from('\n')];
}

export function encodeDone(sequence: number): Buffer {
  return Buffer.from(`-${hex(crc32(String(sequence)))} ${sequence}\n`);
}

export function parseHeader(file: Buffer): ParsedHeader {
  const end = file.indexOf(LINE_FEED);
  const [magic, version, baseUrl] = file.toString('utf8', 0, Math.max(end, 0)).split(' ');
  if (magic !== MAGIC || baseUrl === undefined) return 'foreign';
  return Number(version) === VERSION ? { baseUrl } : 'newer';
}

/** The lines after the header. */
export function parseSegment(file: Buffer): ParsedSegment {
  const live = new Map<number, StoredRecord>();
  const damaged: Damage[] = [];
  for (let start = file.indexOf(LINE_FEED) + 1; start < file.length;) {
    const lineFeed = file.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? file.length : lineFeed;
    const line = file.subarray(start, end);
    const isWhole = hex(crc32(line.subarray(PREFIX_LENGTH))) === line.toString('latin1', 1, PREFIX_LENGTH - 1);
    const record = isWhole && line[0] === PLUS ? parseRecord(line, start) : undefined;
    if (record !== undefined) live.set(record.sequence, record);
    else if (isWhole && line[0] === MINUS) live.delete(Number(line.toString('latin1', PREFIX_LENGTH)));
    else if (line.length > 0) damaged.push({ offset: start, length: line.length, isRecord: line[0] !== MINUS });
    start = end + 1;
  }
  return { live: [...live.values()], damaged };
}

function parseRecord(line: Buffer, lineOffset: number): StoredRecord | undefined {
  const fields: string[] = [];
  let start = PREFIX_LENGTH;
  while (fields.length < 3) {
    const space = line.indexOf(' ', start);
    if (space < 0) return undefined;
    fields.push(line.toString('latin1', start, space));
    start = space + 1;
  }
  const [sequence = '', createdMs = '', orgId = ''] = fields;
  return {
    sequence: Number(sequence),
    createdMs: Number(createdMs),
    orgId: decodeURIComponent(orgId),
    offset: lineOffset + start,
    length: line.length - start,
  };
}

const hex = (checksum: number) => checksum.toString(16).padStart(8, '0');
