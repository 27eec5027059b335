import { BmcloudError } from '../../src/errors.ts';
import {
  type ListOptions,
  type Pieces,
  readPieces,
  type Store,
  type StoredObject,
} from '../../src/store/store.ts';

/** The calls that faults can be put on. */
export type Call =
  | 'get'
  | 'put'
  | 'putIfAbsent'
  | 'putStream'
  | 'list'
  | 'listNames'
  | 'stat'
  | 'delete'
  | 'sweep';

/** What goes wrong. */
export type Fault =
  /** Fails and has no effect. */
  | { kind: 'fail'; error?: BmcloudError }
  /** Takes effect; the answer is lost. */
  | { kind: 'lostAnswer'; error?: BmcloudError }
  /** A read that gives fewer bytes than it should, without saying so. */
  | { kind: 'truncate'; length: number }
  /** A read with one bit changed. */
  | { kind: 'flipBit'; bit?: number }
  /** A listing that ends early, without saying so. */
  | { kind: 'shortListing'; length: number }
  /** A listing from before the latest changes: without these keys. */
  | { kind: 'staleListing'; without: (key: string) => boolean }
  /** A listing that fails after so many objects. */
  | { kind: 'brokenListing'; after: number; error?: BmcloudError }
  /** A conditional write refused although nothing is there. */
  | { kind: 'refuse' }
  /** A conditional write that overwrites what is there. */
  | { kind: 'ignoreCondition' }
  /** Holds the call until the promise resolves. */
  | { kind: 'hold'; until: Promise<unknown> }
  /** Does something at this moment, before the call: what another machine would do, say. */
  | { kind: 'meanwhile'; act: () => Promise<unknown> };

interface ArmedFault {
  call: Call;
  fault: Fault;
  matches: (key: string) => boolean;
  /** How many calls it still spoils. */
  left: number;
}

export interface FaultOptions {
  /** Only calls for such keys (or prefixes). */
  key?: string | RegExp;
  /** How many calls; default one. */
  times?: number;
}

/** A store with scripted faults. */
export interface FaultStore extends Store {
  /** Arms a fault: it spoils the next call of that kind, or the next few. Faults on one call act in the order they were armed. */
  inject(call: Call, fault: Fault, options?: FaultOptions): void;
  /** @throws unless every fault has spoiled as many calls as it should: a test whose faults never fired tests nothing. */
  verifyAllFired(): void;
  /** The calls so far, as `put packs/data/00/…`. */
  readonly calls: string[];
}

/** Errors as the adapters make them, for use in faults. */
export const faults = {
  timeout: () =>
    new BmcloudError('store-unreachable', 'The store does not answer in time', { transient: true }),
  slowDown: () =>
    new BmcloudError('store-failed', 'The store asks to slow down', {
      transient: true,
      data: { slowDown: true },
    }),
  denied: () => new BmcloudError('store-denied', 'The store does not allow this'),
  diskFull: () => new BmcloudError('disk-full', 'The store is full'),
  /** The process ends here: nothing retries this. */
  crash: () => new BmcloudError('interrupted', 'The process was killed'),
};

/** Wraps a store so that calls can be made to fail. Without faults it behaves as the store does. */
export function faultStore(store: Store): FaultStore {
  return new FaultyStore(store);
}

class FaultyStore implements FaultStore {
  readonly name: string;
  readonly calls: string[] = [];
  readonly #store: Store;
  #armed: ArmedFault[] = [];

  constructor(store: Store) {
    this.name = store.name;
    this.#store = store;
  }

  inject(call: Call, fault: Fault, { key, times = 1 }: FaultOptions = {}): void {
    const matches = (candidate: string) =>
      key === undefined || (typeof key === 'string' ? candidate === key : key.test(candidate));
    this.#armed.push({ call, fault, matches, left: times });
  }

  verifyAllFired(): void {
    const idle = this.#armed.map(({ call, fault, left }) => `${fault.kind} on ${call} (${left} times)`);
    if (idle.length > 0) throw new Error(`These faults never fired: ${idle.join(', ')}`);
  }

  async get(key: string, range?: { start: number; end: number }): Promise<Uint8Array> {
    let spoil = (bytes: Uint8Array) => bytes;
    const answer = await this.#act('get', key, (fault) => {
      if (fault?.kind === 'truncate') spoil = (bytes) => bytes.slice(0, fault.length);
      if (fault?.kind === 'flipBit') spoil = (bytes) => flipBit(bytes, fault.bit ?? 0);
      return this.#store.get(key, range);
    });
    return spoil(answer);
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#act('put', key, () => this.#store.put(key, bytes));
  }

  putIfAbsent(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    return this.#act('putIfAbsent', key, async (fault) => {
      if (fault?.kind === 'refuse') return 'exists';
      if (fault?.kind !== 'ignoreCondition') return this.#store.putIfAbsent(key, bytes);
      await this.#store.put(key, bytes);
      return 'stored';
    });
  }

  putStream(key: string, pieces: Pieces): Promise<void> {
    return this.#act('putStream', key, () => this.#store.putStream(key, readPieces(pieces)));
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<StoredObject> {
    const fault = await this.#act('list', prefix, async (armed) => armed);
    yield* spoilListing(fault, this.#store.list(prefix, options), ({ key }) => key);
  }

  async *listNames(prefix: string): AsyncGenerator<string> {
    const fault = await this.#act('listNames', prefix, async (armed) => armed);
    yield* spoilListing(fault, this.#store.listNames(prefix), (name) => name);
  }

  stat(key: string): Promise<StoredObject | undefined> {
    return this.#act('stat', key, () => this.#store.stat(key));
  }

  delete(key: string): Promise<void> {
    return this.#act('delete', key, () => this.#store.delete(key));
  }

  clock(): { store: Date; local: Date } | undefined {
    return this.#store.clock();
  }

  sweep(): Promise<number> {
    return this.#act('sweep', '', () => this.#store.sweep());
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Runs a call with the fault armed for it, if any. */
  async #act<T>(call: Call, key: string, act: (fault: Fault | undefined) => Promise<T>): Promise<T> {
    this.calls.push(`${call} ${key}`);
    const fault = this.#take(call, key);
    if (fault?.kind === 'fail') throw fault.error ?? faults.timeout();
    if (fault?.kind === 'hold') await fault.until;
    if (fault?.kind === 'meanwhile') await fault.act();
    const result = await act(fault);
    if (fault?.kind === 'lostAnswer') throw fault.error ?? faults.timeout();
    return result;
  }

  #take(call: Call, key: string): Fault | undefined {
    const armed = this.#armed.find((each) => each.call === call && each.matches(key));
    if (!armed) return undefined;
    armed.left--;
    if (armed.left === 0) this.#armed = this.#armed.filter((each) => each !== armed);
    return armed.fault;
  }
}

async function* spoilListing<T>(
  fault: Fault | undefined,
  listing: AsyncIterable<T>,
  keyOf: (found: T) => string,
): AsyncGenerator<T> {
  let given = 0;
  for await (const found of listing) {
    if (fault?.kind === 'shortListing' && given >= fault.length) return;
    if (fault?.kind === 'brokenListing' && given >= fault.after) throw fault.error ?? faults.timeout();
    if (fault?.kind === 'staleListing' && fault.without(keyOf(found))) continue;
    given++;
    yield found;
  }
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  const at = Math.floor(bit / 8) % flipped.length;
  flipped[at]! ^= 1 << (bit % 8);
  return flipped;
}
