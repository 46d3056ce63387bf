/** What is held: a queue for each key and organisation, in bounded memory, and beside it the spool. */
import type { Account, DropReason } from './account.ts';
import type { Waiter } from './awaited.ts';
import type { Clock } from './clock.ts';
import { Item, ITEM_OVERHEAD_BYTES } from './item.ts';
import type { Credentials, DeliverySettings } from './options.ts';
import type { Outcome } from './outcome.ts';
import { Queue, type Fate } from './queue.ts';
import type { Adopted, Spool } from './spool.ts';
import type { SpoolRecord } from './spool-segment.ts';

/** One key and organisation. */
export interface Tenant {
  readonly orgId: string;
  /** `undefined`: records of an ended process, whose key has not been seen here yet. */
  readonly credentials: Credentials | undefined;
  readonly queue: Queue;
  heldBytes: number;
}

/** An item, and whose it is. */
export interface Held {
  readonly tenant: Tenant;
  readonly item: Item;
}

/** An item that may be sent now. */
export interface Sendable extends Held {
  readonly body: Uint8Array;
  readonly credentials: Credentials;
}

export interface BacklogParts {
  readonly settings: Pick<DeliverySettings, 'credentials' | 'maxQueueBytes' | 'maxQueueAgeMs' | 'concurrency'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly account: Account;
  readonly spool: Spool | undefined;
  /** Called for each item that has met its fate. */
  readonly released: (item: Item) => void;
}

/** Organisations whose key is remembered when nothing of theirs is held. */
const MAX_KEYS = 10_000;

export class Backlog {
  readonly #parts: BacklogParts;
  /** In the order of whose turn it is. */
  readonly #tenants = new Map<string, Tenant>();
  /** The latest key of each organisation, for what the spool holds of it. */
  readonly #keys = new Map<string, Credentials>();
  #lastSequence = 0;
  #count = 0;
  #bytes = 0;
  #inFlight = 0;
  /** Of `#count`: in memory only. */
  #memoryOnly = 0;
  /** Of `#count`: their bodies are on disk only. */
  #unloaded = 0;
  /** On disk, and in no queue any more: for the next process. */
  #left = 0;

  constructor(parts: BacklogParts) {
    this.#parts = parts;
    if (parts.settings.credentials !== undefined) this.#remember(parts.settings.credentials);
  }

  /** Items that are not settled, in memory or on disk. */
  get count(): number {
    return this.#count;
  }

  /** Nothing of it would be lost with the process. */
  get isOnDisk(): boolean {
    return this.#memoryOnly === 0;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get stats(): { readonly queued: number; readonly spooled: number } {
    return { queued: this.#count - this.#unloaded, spooled: this.#unloaded + this.#left };
  }

  /** Takes one in, on disk first; or says why not. */
  add(body: Uint8Array, credentials: Credentials, waiter?: Waiter): Item | DropReason {
    const record = this.#parts.spool?.write(body, String(credentials.orgId));
    const isInMemory = record === undefined || this.#hasRoom(body.length + ITEM_OVERHEAD_BYTES);
    const item = new Item({
      sequence: ++this.#lastSequence,
      queuedAtMs: this.#parts.clock.monotonicMs(),
      body: isInMemory ? body : undefined,
      record,
      waiter: record === undefined ? waiter : undefined,
    });
    if (record !== undefined) waiter?.settle({ type: 'spooled' });
    if (this.#makeRoom(item.heldBytes)) this.#insert(this.#tenantOf(credentials), item);
    else if (this.#isOnDisk(record)) this.#left += 1;
    else return 'queue_full';
    return item;
  }

  /** Takes over what ended processes left in the spool. `true`: there is more. */
  adopt(spool: Spool): boolean {
    const { account } = this.#parts;
    const { records, damaged, isUnfinished } = spool.adopt();
    account.seen += records.length + damaged;
    if (damaged > 0) account.drop('spool_error', damaged);
    for (const adopted of records) this.#insertAdopted(adopted);
    return isUnfinished;
  }

  /** The next item that may be sent, fairly among tenants. It is under way until it is settled. */
  take(nowMs: number): Sendable | undefined {
    for (let held = this.#takeFromQueue(nowMs); held !== undefined; held = this.#takeFromQueue(nowMs)) {
      const body = this.#load(held);
      if (body !== undefined) return { ...held, body };
      this.#inFlight -= 1;
      held.tenant.queue.forget(held.item);
      this.#drop(held, 'spool_error');
    }
    return undefined;
  }

  /** What an attempt's outcome means for its item; whatever is not kept here is the caller's to `release` or to `replace`. */
  settle(held: Held, outcome: Outcome, nowMs: number): Fate {
    const { tenant, item } = held;
    this.#inFlight -= 1;
    const fate = tenant.queue.settle(item, outcome, nowMs);
    // A body that was read from the disk goes again where memory is short.
    if (this.#isOnDisk(item.record) && !item.isShortened && !this.#hasRoom(0)) this.#setBody(held, undefined);
    // A new key may have come while this request was under way.
    if (outcome.type === 'unauthorised') this.#reassign(tenant.orgId);
    return fate;
  }

  /** It is sent again with other content. */
  replace(held: Held, body: Uint8Array): void {
    this.#setBody(held, body);
    held.item.isShortened = true;
    held.tenant.queue.push(held.item);
  }

  /** The item has met its fate. */
  release({ tenant, item }: Held): void {
    this.#remove({ tenant, item });
    if (item.record !== undefined) this.#parts.spool?.markDone(item.record);
    this.#parts.released(item);
  }

  /** Takes one out, waiting or under way, and counts it. */
  abandon(item: Item, reason: DropReason): void {
    for (const tenant of this.#tenants.values()) {
      const inFlightBefore = tenant.queue.inFlight;
      if (!tenant.queue.remove(item)) continue;
      this.#inFlight -= inFlightBefore - tenant.queue.inFlight;
      item.isAbandoned = true;
      this.#drop({ tenant, item }, reason);
      return;
    }
  }

  /** When to ask `take` again if nothing else happens; Infinity: only an answer brings the next one. */
  nextAttemptMs(): number {
    let nextMs = Infinity;
    for (const { credentials, queue } of this.#tenants.values()) {
      if (credentials !== undefined) nextMs = Math.min(nextMs, queue.nextAttemptMs() ?? Infinity);
    }
    return nextMs;
  }

  dropTooOld(nowMs: number): void {
    for (const [key, tenant] of [...this.#tenants]) {
      if (tenant.queue.isIdle(nowMs)) this.#tenants.delete(key);
      for (const item of tenant.queue.takeQueuedBefore(nowMs - this.#parts.settings.maxQueueAgeMs))
        this.#drop({ tenant, item }, 'too_old');
    }
  }

  /** Takes out everything that could still be sent at exit: in memory, and not told to wait. */
  takeForExit(nowMs: number): Sendable[] {
    const sendable: Sendable[] = [];
    for (const tenant of this.#tenants.values()) {
      const { credentials, queue } = tenant;
      if (credentials === undefined || queue.isHeld(nowMs)) continue;
      for (const item of queue.takeAll({ inFlight: true })) {
        if (item.body === undefined) queue.push(item);
        else sendable.push({ tenant, item, body: item.body, credentials });
      }
    }
    return sendable;
  }

  putBack({ tenant, item }: Held): void {
    tenant.queue.push(item);
  }

  /** The end: what is on disk is left to the next process, the rest is counted. */
  close(): void {
    const { account, spool } = this.#parts;
    for (const tenant of this.#tenants.values()) {
      for (const item of tenant.queue.takeAll({ inFlight: true })) {
        const isKept =
          this.#isOnDisk(item.record) || this.#isOnDisk(item.body && spool?.write(item.body, tenant.orgId));
        this.#remove({ tenant, item });
        if (isKept) this.#left += 1;
        else account.drop('shutdown');
        item.waiter?.settle(
          isKept ? { type: 'spooled' } : { type: 'dropped', reason: 'shutdown', error: item.lastError },
        );
        this.#parts.released(item);
      }
    }
    this.#tenants.clear();
    spool?.release();
  }

  #drop(held: Held, reason: DropReason): void {
    this.#parts.account.drop(reason);
    this.release(held);
    held.item.waiter?.settle({ type: 'dropped', reason, error: held.item.lastError });
  }

  #takeFromQueue(nowMs: number): (Held & { credentials: Credentials }) | undefined {
    for (const [key, tenant] of this.#tenants) {
      const { credentials, queue } = tenant;
      // The connections are shared, but one is everybody's own: whoever fills the others delays nobody.
      const isFull = this.#inFlight >= this.#parts.settings.concurrency && queue.inFlight > 0;
      if (credentials === undefined || isFull) continue;
      const item = queue.take(nowMs);
      if (item === undefined) continue;
      this.#inFlight += 1;
      this.#tenants.delete(key);
      this.#tenants.set(key, tenant);
      return { tenant, item, credentials };
    }
    return undefined;
  }

  /** What a refused key left behind goes with another key of the same organisation, if there is one. */
  #reassign(orgId: string): void {
    const sameOrganisation = [...this.#tenants.values()].filter((tenant) => tenant.orgId === orgId);
    const isStuck = (tenant: Tenant) => tenant.credentials === undefined || tenant.queue.isUnauthorised;
    const heir = sameOrganisation.find((tenant) => !isStuck(tenant));
    if (heir === undefined) return;
    for (const tenant of sameOrganisation.filter(isStuck)) {
      for (const item of tenant.queue.takeAll()) {
        tenant.heldBytes -= item.heldBytes;
        heir.heldBytes += item.heldBytes;
        heir.queue.push(item);
      }
    }
  }

  #tenantOf(credentials: Credentials): Tenant {
    return this.#tenantFor(`${credentials.orgId}\n${credentials.apiKey}`, String(credentials.orgId), credentials);
  }

  #tenantFor(key: string, orgId: string, credentials: Credentials | undefined): Tenant {
    let tenant = this.#tenants.get(key);
    if (tenant === undefined) {
      tenant = { orgId, credentials, queue: new Queue(this.#parts.random), heldBytes: 0 };
      this.#tenants.set(key, tenant);
      if (credentials !== undefined) this.#remember(credentials);
      this.#reassign(orgId);
    }
    return tenant;
  }

  #remember(credentials: Credentials): void {
    this.#keys.set(String(credentials.orgId), credentials);
    const [oldest = ''] = this.#keys.keys();
    if (this.#keys.size > MAX_KEYS) this.#keys.delete(oldest);
  }

  #insertAdopted({ orgId, createdMs, record }: Adopted): void {
    const { clock } = this.#parts;
    const credentials = this.#keys.get(orgId);
    const tenant = credentials === undefined ? this.#tenantFor(orgId, orgId, undefined) : this.#tenantOf(credentials);
    const ageMs = Math.max(0, clock.wallMs() - createdMs);
    const item = new Item({
      sequence: ++this.#lastSequence,
      queuedAtMs: clock.monotonicMs() - ageMs,
      body: undefined,
      record,
    });
    if (this.#makeRoom(item.heldBytes)) this.#insert(tenant, item);
    else this.#left += 1;
  }

  #insert(tenant: Tenant, item: Item): void {
    this.#count += 1;
    if (item.record === undefined) this.#memoryOnly += 1;
    if (item.body === undefined) this.#unloaded += 1;
    this.#addBytes(tenant, item.heldBytes);
    tenant.queue.push(item);
  }

  #remove({ tenant, item }: Held): void {
    this.#count -= 1;
    if (item.record === undefined) this.#memoryOnly -= 1;
    if (item.body === undefined) this.#unloaded -= 1;
    this.#addBytes(tenant, -item.heldBytes);
  }

  #load(held: Held): Uint8Array | undefined {
    const { body, record } = held.item;
    if (body !== undefined || record === undefined) return body;
    const loaded = this.#parts.spool?.read(record);
    this.#setBody(held, loaded);
    return loaded;
  }

  #setBody({ tenant, item }: Held, body: Uint8Array | undefined): void {
    const before = item.heldBytes;
    this.#unloaded += Number(body === undefined) - Number(item.body === undefined);
    item.body = body;
    this.#addBytes(tenant, item.heldBytes - before);
  }

  #addBytes(tenant: Tenant, bytes: number): void {
    this.#bytes += bytes;
    tenant.heldBytes += bytes;
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.#parts.settings.maxQueueBytes;
  }

  /**
   * Where there is none, the oldest of whoever holds most goes: from memory to the disk if it is there too, and, when it is on disk only, out
   * of the queue: the next process finds it there.
   */
  #makeRoom(bytes: number): boolean {
    if (bytes > this.#parts.settings.maxQueueBytes) return false;
    while (!this.#hasRoom(bytes)) {
      const tenant = this.#largestTenant();
      const item = tenant?.queue.takeOldest();
      if (tenant === undefined || item === undefined) return false;
      if (item.body !== undefined && this.#isOnDisk(item.record) && !item.isShortened) {
        this.#setBody({ tenant, item }, undefined);
        tenant.queue.push(item);
        continue;
      }
      this.#remove({ tenant, item });
      if (this.#isOnDisk(item.record)) this.#left += 1;
      else this.#parts.account.drop('queue_full');
      item.waiter?.settle({ type: 'dropped', reason: 'queue_full', error: item.lastError });
      this.#parts.released(item);
    }
    return true;
  }

  /** Of those that have something waiting. */
  #largestTenant(): Tenant | undefined {
    let largest: Tenant | undefined;
    for (const tenant of this.#tenants.values()) {
      if (tenant.queue.waiting > 0 && tenant.heldBytes > (largest?.heldBytes ?? 0)) largest = tenant;
    }
    return largest;
  }

  #isOnDisk(record: SpoolRecord | undefined): boolean {
    return record !== undefined && this.#parts.spool?.holds(record) === true;
  }
}
