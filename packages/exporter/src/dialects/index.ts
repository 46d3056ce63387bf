/**
 * The vocabularies, in order of precedence: the first that knows a span's kind decides it; what it leaves unsaid the later ones fill in.
 * What an application says of its own step stands first, and a framework's names before the general ones of OpenTelemetry, which many of them
 * write beside their own.
 */
import type { MemberKind, Reading } from '../interaction/reading.ts';
import type { EndedSpan } from '../span.ts';
import type { Dialect } from './dialect.ts';
import { genkit } from './genkit.ts';
import { googleAdk } from './google-adk.ts';
import { stepsWithoutType, stepsWithType } from './huggingplace.ts';
import { langfuse } from './langfuse.ts';
import { langSmith } from './langsmith.ts';
import { mastra } from './mastra.ts';
import { openInference } from './openinference.ts';
import { openLlmetry } from './openllmetry.ts';
import { otelGenAi } from './otel-genai.ts';
import { strands } from './strands.ts';
import { vercelAi } from './vercel-ai.ts';

export const dialects: readonly Dialect[] = [
  stepsWithType,
  vercelAi,
  langfuse,
  langSmith,
  mastra,
  genkit,
  googleAdk,
  strands,
  openInference,
  openLlmetry,
  otelGenAi,
  stepsWithoutType,
];

/** The kind of GenAI work that a span is; `undefined` where no dialect knows it (yet). */
export function kindOf(span: EndedSpan): MemberKind | undefined {
  for (const dialect of dialects) {
    const kind = dialect.kindOf(span);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** The one that decides what kind of work the span is. */
export const dialectOf = (span: EndedSpan): Dialect | undefined =>
  dialects.find((dialect) => dialect.kindOf(span) !== undefined);

/** Opens a span as far as its dialects can read it; `undefined`: it speaks none of them. */
export function readSpan(span: EndedSpan): Reading | undefined {
  const kind = kindOf(span);
  if (kind === undefined) return undefined;
  let reading: Reading = { kind };
  for (const dialect of dialects) {
    if (dialect.kindOf(span) !== undefined || dialect.adds?.(span)) reading = fillIn(reading, dialect.read(span));
  }
  return reading;
}

/** What `reading` leaves unsaid; of counts and of metadata each may know some. */
function fillIn(reading: Reading, later: Omit<Reading, 'kind'>): Reading {
  const { usage, metadata } = later;
  return {
    ...known(later),
    ...known(reading),
    ...(usage && { usage: { ...usage, ...reading.usage } }),
    ...(metadata && { metadata: new Map([...metadata, ...(reading.metadata ?? [])]) }),
  };
}

/** Without fields that are `undefined`: they would hide what a later dialect knows. */
const known = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
