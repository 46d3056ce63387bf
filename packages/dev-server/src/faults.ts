/** The fault mode: the server fails on purpose, so that others can test what they do then. */
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';

/**
 * `503` (any status from 400 to 599), `hang` (the answer never comes), `reset` (the connection breaks, nothing is stored) and
 * `lost` (the request is carried out, and then the connection breaks).
 */
export type FaultKind = number | 'hang' | 'reset' | 'lost';

export interface Fault {
  kind: FaultKind;
  /** The share of requests that it hits, 0 to 1. */
  share: number;
}

export interface FaultSettings {
  faults: readonly Fault[];
  /** How long each answer is held back: a number between the two, in milliseconds. */
  latencyMs: readonly [least: number, most: number];
}

/** What the rest of the server can know of a fault. */
export interface FaultEnvironment {
  Bindings: HttpBindings;
  Variables: {
    /** The connection was broken off, or held until its end: the status that stands in the answer was never sent. */
    isCutOff?: boolean;
  };
}

export interface FaultParts {
  /** Read anew at each request: faults may be changed while the server runs. */
  settings: () => FaultSettings;
  /** 0 ≤ n < 1. */
  random: () => number;
  onFault: (kind: string) => void;
}

/** Who is told to come again may do so at once, in a test. */
const RETRY_AFTER_SECONDS = '1';

/** @param text `503:0.3,429:0.1,hang:0.05` @throws naming what was expected */
export function parseFaults(text: string): Fault[] {
  const faults = text.split(',').filter(Boolean).map(parseFault);
  if (faults.reduce((sum, { share }) => sum + share, 0) > 1 + Number.EPSILON * faults.length) {
    throw new TypeError(`fail: expected shares that add up to at most 1, received ${text}`);
  }
  return faults;
}

function parseFault(text: string): Fault {
  const match = /^\s*(?:([45]\d\d)|(hang|reset|lost)):(0|1|0?\.\d+|1\.0+)\s*$/.exec(text);
  if (!match) {
    throw new TypeError(
      `fail: expected <status 400-599|hang|reset|lost>:<share 0-1>, received ${JSON.stringify(text)}`,
    );
  }
  const [, status, kind, share] = match;
  return { kind: status === undefined ? (kind as 'hang' | 'reset' | 'lost') : Number(status), share: Number(share) };
}

export function injectFaults({ settings, random, onFault }: FaultParts): MiddlewareHandler<FaultEnvironment> {
  return async (context, next) => {
    const { faults, latencyMs } = settings();
    const [least, most] = latencyMs;
    if (most > 0) await delay(least + random() * (most - least));
    const kind = choose(faults, random());
    if (kind === undefined) return next();

    onFault(String(kind));
    const socket = context.env.incoming.socket;
    if (typeof kind === 'number') {
      return Response.json(
        { error: `injected fault: ${kind}` },
        { status: kind, ...(kind === 429 || kind === 503 ? { headers: { 'Retry-After': RETRY_AFTER_SECONDS } } : {}) },
      );
    }
    context.set('isCutOff', true);
    if (kind === 'lost') await next();
    if (kind !== 'hang') socket.destroy();
    // The answer that never comes: the wait ends with the connection, whoever ends that.
    if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
    return new Response(null, { status: 503 });
  };
}

function choose(faults: readonly Fault[], point: number): FaultKind | undefined {
  let upTo = 0;
  return faults.find(({ share }) => point < (upTo += share))?.kind;
}

const delay = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
