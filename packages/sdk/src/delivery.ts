/** From a payload to an answered POST: everything that this product sends goes through one `Delivery`. */
import { Account, type DeliveryStats, type DropReason } from './account.ts';
import { Client } from './client.ts';
import { systemClock, type Clock } from './clock.ts';
import { storeInWorker } from './exit-worker.ts';
import { Item } from './item.ts';
import { LossReport } from './loss-report.ts';
import { Notices } from './notices.ts';
import type { Credentials, DeliverySettings } from './options.ts';
import type { Outcome } from './outcome.ts';
import type { InteractionPayload, StoreRequest } from './payload.ts';
import { Queue } from './queue.ts';
import type { Transport } from './transport.ts';

/** The settings, and what a caller or a test hands in besides. */
export interface DeliveryParts extends DeliverySettings {
  /** A shorter form of a payload that the backend found too large (413); `undefined`: it can't be shortened. Default: never. */
  readonly shorten?: ((payload: InteractionPayload) => InteractionPayload | undefined) | undefined;
  /** Default: a `Client`. What is left at exit can't be handed to the exit worker then. */
  readonly transport?: Transport | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** From 0 to 1, for the jitter of waits. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export interface FlushResult extends DeliveryStats {
  /** Of what was there at the call, everything is delivered, kept on disk or counted as dropped; nothing is in memory only. */
  readonly ok: boolean;
}

/** One key and organisation. */
interface Tenant {
  readonly key: string;
  readonly credentials: Credentials;
  readonly queue: Queue;
  heldBytes: number;
}

/** Somebody waits until everything that came before is settled. */
interface Flush {
  readonly upToSequence: number;
  readonly deadlineMs: number;
  remaining: number;
  readonly end: (isDone: boolean) => void;
}

/** While something waits, its age is looked at so often. */
const SWEEP_MS = 60_000;

/**
 * Holds what waits in bounded memory, one queue for each key and organisation, and sends it with bounded concurrency. Never throws, and
 * never changes what it is given. Nothing runs before the first `enqueue`.
 */
export class Delivery {
  readonly #settings: DeliveryParts;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #notices: Notices;
  readonly #lossReport: LossReport;
  readonly #account: Account;
  /** By key and organisation; in the order of whose turn it is. */
  readonly #tenants = new Map<string, Tenant>();
  readonly #flushes = new Set<Flush>();
  #sequence = 0;
  /** Items that are waiting or under way. */
  #held = 0;
  #heldBytes = 0;
  #inFlight = 0;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #shutdown: Promise<FlushResult> | undefined;
  #isPumpDue = false;
  #cancelWake: (() => void) | undefined;

  constructor(parts: DeliveryParts) {
    this.#settings = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#transport = parts.transport ?? new Client(parts, this.#clock);
    this.#notices = new Notices(this.#clock);
    this.#lossReport = new LossReport(this.#clock);
    this.#account = new Account(this.#lossReport);
  }

  /** Serialises at once: the payload may change or go afterwards. */
  enqueue(payload: InteractionPayload, credentials: Credentials): void {
    this.#account.seen += 1;
    const refusal = this.#admit(payload, credentials);
    if (refusal !== undefined) this.#account.drop(refusal);
  }

  /** Counts what the caller itself leaves out. */
  drop(reason: DropReason, count = 1): void {
    this.#account.seen += count;
    this.#account.drop(reason, count);
  }

  stats(): DeliveryStats {
    return this.#account.stats({ queued: this.#held, spooled: 0 });
  }

  /**
   * Waits until everything that is here now is settled, at most so long; not at all where it can't be: every queue that holds something
   * is paused for longer, by a refused key or a `Retry-After`.
   */
  async flush(timeoutMs: number): Promise<FlushResult> {
    const isDone = await new Promise<boolean>((resolve) => {
      if (this.#held === 0) {
        resolve(true);
        return;
      }
      const flush: Flush = {
        upToSequence: this.#sequence,
        deadlineMs: this.#clock.monotonicMs() + timeoutMs,
        remaining: this.#held,
        end: (isDone) => {
          cancelTimer();
          this.#flushes.delete(flush);
          resolve(isDone);
        },
      };
      const cancelTimer = this.#clock.schedule(() => flush.end(false), timeoutMs, true);
      this.#flushes.add(flush);
      this.#pumpSoon();
    });
    return { ...this.stats(), ok: isDone };
  }

  /** Takes nothing more, flushes, and counts what is left after so long as `shutdown`. Once: later calls give the first one's result. */
  shutdown(timeoutMs: number): Promise<FlushResult> {
    this.#shutdown ??= (async () => {
      if (this.#state === 'open') this.#state = 'closing';
      const { ok } = await this.flush(timeoutMs);
      this.#close();
      return { ...this.stats(), ok };
    })();
    return this.#shutdown;
  }

  /**
   * Delivers what is left while the process ends, without its event loop; blocks for at most so long. What is under way goes again, with
   * its id: nobody is left to hear its answer. Afterwards delivery is closed.
   */
  deliverAtExit(timeoutMs: number): void {
    if (this.#state === 'closed') return;
    if (timeoutMs > 0 && this.#held > 0) this.#deliverInWorker(timeoutMs);
    this.#close();
  }

  /** Takes one in, or says why not. */
  #admit(payload: InteractionPayload, credentials: Credentials): DropReason | undefined {
    if (this.#state !== 'open') return 'shutdown';
    if (!this.#settings.enabled) return 'disabled';
    const body = serialise(payload, credentials);
    if (body === undefined) return 'invalid';
    const item = new Item(++this.#sequence, body, this.#clock.monotonicMs());
    if (!this.#makeRoom(item.heldBytes)) return 'queue_full';
    const tenant = this.#tenantOf(credentials);
    this.#held += 1;
    this.#heldBytes += item.heldBytes;
    tenant.heldBytes += item.heldBytes;
    tenant.queue.push(item);
    this.#pumpSoon();
    return undefined;
  }

  #tenantOf(credentials: Credentials): Tenant {
    const key = `${credentials.apiKey}\n${credentials.orgId}`;
    let tenant = this.#tenants.get(key);
    if (tenant === undefined) {
      tenant = { key, credentials, queue: new Queue(this.#settings.random ?? Math.random), heldBytes: 0 };
      this.#tenants.set(key, tenant);
      this.#takeOverFromRefusedKeys(tenant);
    }
    return tenant;
  }

  /** What a refused key left behind goes with a new key of the same organisation. */
  #takeOverFromRefusedKeys(heir: Tenant): void {
    for (const tenant of this.#tenants.values()) {
      if (tenant === heir || !tenant.queue.isUnauthorised || !isSameOrganisation(tenant, heir)) continue;
      for (const item of tenant.queue.takeAll()) {
        tenant.heldBytes -= item.heldBytes;
        heir.heldBytes += item.heldBytes;
        heir.queue.push(item);
      }
    }
  }

  /** Drops the oldest of whoever holds most until there is room. */
  #makeRoom(bytes: number): boolean {
    if (bytes > this.#settings.maxQueueBytes) return false;
    while (this.#heldBytes + bytes > this.#settings.maxQueueBytes) {
      const largest = [...this.#tenants.values()]
        .filter(({ queue }) => queue.waiting > 0)
        .reduce<Tenant | undefined>(
          (most, tenant) => (most && most.heldBytes >= tenant.heldBytes ? most : tenant),
          undefined,
        );
      const oldest = largest?.queue.takeOldest();
      if (largest === undefined || oldest === undefined) return false;
      this.#account.drop('queue_full');
      this.#release(largest, oldest);
    }
    return true;
  }

  /** After the caller's own work, and once for a burst. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  /** Sends what may be sent now, and sees to it that somebody asks again when more may be. */
  #pump(): void {
    if (this.#state === 'closed') return;
    const nowMs = this.#clock.monotonicMs();
    this.#dropTooOld(nowMs);
    let isSending = true;
    while (isSending) {
      isSending = false;
      for (const tenant of [...this.#tenants.values()]) {
        // The connections are shared, but one is everybody's own: whoever fills the others delays nobody.
        if (this.#inFlight >= this.#settings.concurrency && tenant.queue.inFlight > 0) continue;
        const item = tenant.queue.take(nowMs);
        if (item === undefined) continue;
        isSending = true;
        this.#tenants.delete(tenant.key);
        this.#tenants.set(tenant.key, tenant);
        this.#send(tenant, item);
      }
    }
    this.#endVainFlushes();
    this.#wakeLater(nowMs);
  }

  #wakeLater(nowMs: number): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    if (this.#held === 0) return;
    const nextMs = this.#nextAttemptMs();
    this.#cancelWake = this.#clock.schedule(() => this.#pump(), Math.min(Math.max(nextMs - nowMs, 1), SWEEP_MS));
  }

  /** Infinity: only an answer brings the next one. */
  #nextAttemptMs(): number {
    return [...this.#tenants.values()].reduce(
      (ms, { queue }) => Math.min(ms, queue.nextAttemptMs() ?? Infinity),
      Infinity,
    );
  }

  #dropTooOld(nowMs: number): void {
    for (const tenant of [...this.#tenants.values()]) {
      if (tenant.queue.isIdle(nowMs)) this.#tenants.delete(tenant.key);
      for (const item of tenant.queue.takeQueuedBefore(nowMs - this.#settings.maxQueueAgeMs)) {
        this.#account.drop('too_old');
        this.#release(tenant, item);
      }
    }
  }

  #send(tenant: Tenant, item: Item): void {
    this.#inFlight += 1;
    this.#transport
      .store(item.body, tenant.credentials)
      .then((outcome) => this.#settle(tenant, item, outcome))
      .catch((error: unknown) => this.#notices.say('internal', 'error', `internal error: ${String(error)}`));
  }

  #settle(tenant: Tenant, item: Item, outcome: Outcome): void {
    this.#inFlight -= 1;
    if (this.#state === 'closed') return; // counted when it was closed
    const nowMs = this.#clock.monotonicMs();
    this.#report(outcome, tenant);
    const fate = tenant.queue.settle(item, outcome, nowMs);
    switch (fate.type) {
      case 'kept':
        break;
      case 'delivered':
        this.#account.delivered += 1;
        this.#release(tenant, item);
        break;
      case 'too_large':
        if (this.#shorten(tenant, item)) break;
        this.#discard(tenant, item, 'too_large');
        break;
      case 'refused':
        this.#discard(tenant, item, fate.reason);
        break;
    }
    if (outcome.type === 'unauthorised') {
      // A new key may have come while this request was under way.
      const heir = [...this.#tenants.values()].find(
        (other) => isSameOrganisation(other, tenant) && !other.queue.isUnauthorised,
      );
      if (heir !== undefined) this.#takeOverFromRefusedKeys(heir);
    }
    this.#pump();
  }

  /** `false`: it can't be made shorter. */
  #shorten(tenant: Tenant, item: Item): boolean {
    const body = item.isShortened ? undefined : shortened(item.body, tenant.credentials, this.#settings.shorten);
    if (body === undefined) return false;
    const freedBytes = item.body.length - body.length;
    item.body = body;
    item.isShortened = true;
    this.#heldBytes -= freedBytes;
    tenant.heldBytes -= freedBytes;
    tenant.queue.push(item);
    return true;
  }

  /** The item has met its fate. */
  #release(tenant: Tenant, item: Item): void {
    this.#held -= 1;
    this.#heldBytes -= item.heldBytes;
    tenant.heldBytes -= item.heldBytes;
    for (const flush of this.#flushes) {
      if (item.sequence > flush.upToSequence) continue;
      flush.remaining -= 1;
      if (flush.remaining === 0) flush.end(true);
    }
  }

  #endVainFlushes(): void {
    if (this.#flushes.size === 0 || this.#inFlight > 0) return;
    const nextMs = this.#nextAttemptMs();
    for (const flush of this.#flushes) if (nextMs > flush.deadlineMs) flush.end(false);
  }

  /** Nothing is sent any more; what is left is counted. */
  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelWake?.();
    for (const tenant of this.#tenants.values()) {
      for (const item of tenant.queue.takeAll({ inFlight: true })) {
        this.#account.drop('shutdown');
        this.#release(tenant, item);
      }
    }
    this.#tenants.clear();
    this.#lossReport.end();
    void this.#transport.close();
  }

  #deliverInWorker(timeoutMs: number): void {
    // It could not send as this process does.
    if (this.#settings.dispatcher !== undefined || this.#settings.transport !== undefined) return;
    const nowMs = this.#clock.monotonicMs();
    const left = [...this.#tenants.values()]
      .filter(({ queue }) => !queue.isHeld(nowMs))
      .flatMap((tenant) => tenant.queue.takeAll({ inFlight: true }).map((item) => ({ tenant, item })));
    const posts = left.map(({ tenant, item }) => ({ body: item.body, credentials: tenant.credentials }));
    const outcomes = storeInWorker(posts, this.#settings, timeoutMs);
    for (const [index, { tenant, item }] of left.entries()) {
      const outcome = outcomes[index];
      if (outcome?.type === 'stored') {
        this.#account.delivered += 1;
        this.#release(tenant, item);
      } else if (outcome?.type === 'rejected' || outcome?.type === 'too_large') {
        this.#discard(tenant, item, outcome.type);
      } else tenant.queue.push(item);
    }
  }

  #discard(tenant: Tenant, item: Item, reason: 'rejected' | 'too_large' | 'attempts_exhausted'): void {
    this.#account.drop(reason);
    this.#release(tenant, item);
  }

  #report(outcome: Outcome, { credentials: { orgId } }: Tenant): void {
    switch (outcome.type) {
      case 'stored':
        return;
      case 'unauthorised':
        this.#notices.say(
          'unauthorised',
          'error',
          `the backend refuses the key for organisation ${orgId} (${outcome.error.message}): check apiKey (HUGGINGPLACE_API_KEY) and orgId ` +
            '(HUGGINGPLACE_ORG_ID). Interactions are kept, and tried again every 5 minutes or with a new key.',
        );
        return;
      case 'failed':
        this.#notices.say('failed', 'warn', `${outcome.error.message}; interactions are kept and tried again`);
        return;
      case 'rejected':
      case 'too_large':
        this.#notices.say('rejected', 'error', `the backend refuses an interaction (${outcome.error.message})`);
    }
  }
}

const isSameOrganisation = (a: Tenant, b: Tenant) => String(a.credentials.orgId) === String(b.credentials.orgId);

const encoder = new TextEncoder();

/** `undefined`: it can't be written as JSON (a cycle, a `toJSON` or a getter that throws). */
function serialise(payload: InteractionPayload, { orgId }: Credentials): Uint8Array | undefined {
  try {
    return encoder.encode(JSON.stringify({ ...payload, org_id: orgId } satisfies StoreRequest));
  } catch {
    return undefined;
  }
}

function shortened(
  body: Uint8Array,
  credentials: Credentials,
  shorten: DeliveryParts['shorten'],
): Uint8Array | undefined {
  try {
    // `serialise` wrote it.
    const payload = JSON.parse(Buffer.from(body).toString()) as StoreRequest;
    const shorter = shorten?.(payload);
    return shorter && serialise(shorter, credentials);
  } catch {
    return undefined;
  }
}
