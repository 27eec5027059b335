import { isBmcloudError } from '../errors.ts';
import { Semaphore } from '../flow/semaphore.ts';
import type { Store } from './store.ts';

/** Requests at once where the store never complains. */
const MOST = 32;

export interface ThrottleOptions {
  /** Requests at once, at most. */
  most?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Bounds how many requests run at once, and adapts: a request that is told to slow down halves the bound, every success widens it
 * a little (additive increase, multiplicative decrease).
 *
 * A stream takes no place: it waits for its producer, which may itself be waiting for a request. A listing takes one only while
 * it fetches, and not while its reader thinks.
 */
export function throttledStore(store: Store, { most = MOST, signal }: ThrottleOptions = {}): Store {
  const gate = new AdaptiveGate(most, signal);
  return {
    name: store.name,
    get: (key, range) => gate.run(() => store.get(key, range)),
    put: (key, bytes) => gate.run(() => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => gate.run(() => store.putIfAbsent(key, bytes)),
    putStream: (key, pieces) => gate.watch(() => store.putStream(key, pieces)),
    list: (prefix, bounds) => gate.iterate(store.list(prefix, bounds)),
    listNames: (prefix) => gate.iterate(store.listNames(prefix)),
    stat: (key) => gate.run(() => store.stat(key)),
    delete: (key) => gate.run(() => store.delete(key)),
    clock: () => store.clock(),
    sweep: () => gate.run(() => store.sweep()),
    close: () => store.close(),
  };
}

/** How many may run at once, by what became of those that did. */
export class AdaptiveGate {
  readonly #most: number;
  readonly #signal: AbortSignal | undefined;
  readonly #places: Semaphore;
  #bound: number;
  /** Counts the halvings: requests begun before the latest complain about a bound that no longer holds. */
  #age = 0;

  constructor(most: number, signal?: AbortSignal) {
    this.#most = most;
    this.#signal = signal;
    this.#places = new Semaphore(most);
    this.#bound = most;
  }

  /** Requests at once, now. */
  get bound(): number {
    return this.#places.limit;
  }

  run<T>(act: () => Promise<T>): Promise<T> {
    return this.#places.run(() => this.watch(act), this.#signal);
  }

  /** Learns from `act` without making it wait. */
  async watch<T>(act: () => Promise<T>): Promise<T> {
    const result = await this.#heed(act);
    this.#setBound(this.#bound + 1 / this.#bound);
    return result;
  }

  /** Each step in its turn. It learns only from complaints: most steps of a listing ask for nothing. */
  async *iterate<T>(found: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = found[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = () => this.#heed(() => iterator.next());
        const { done, value } = await this.#places.run(next, this.#signal);
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  async #heed<T>(act: () => Promise<T>): Promise<T> {
    const age = this.#age;
    try {
      return await act();
    } catch (error) {
      if (isSlowDown(error) && age === this.#age) {
        this.#age++;
        this.#setBound(this.#bound / 2);
      }
      throw error;
    }
  }

  #setBound(bound: number): void {
    this.#bound = Math.min(this.#most, Math.max(1, bound));
    this.#places.limit = Math.floor(this.#bound);
  }
}

function isSlowDown(error: unknown): boolean {
  return isBmcloudError(error) && error.data.slowDown === true;
}
