import { type BackoffPolicy, defaultBackoff, withBackoff } from '../flow/backoff.ts';
import { equalBytes } from '../model/ids.ts';
import type { ListOptions, Store } from './store.ts';

/** How often to try while no request has been answered yet: a mistyped endpoint should be told soon. */
const FIRST_CONTACT_ATTEMPTS = 4;

/**
 * Tries again, with growing waits, what failed with a `transient` error. Retrying is harmless: reads change nothing, writes
 * send the same bytes, and a conditional write that finds its own bytes after a lost answer has won. A stream is repeated only
 * when it is given as a function; a listing goes on after the last key it gave.
 */
export function retryingStore(store: Store, options: Partial<BackoffPolicy> = {}): Store {
  const policy = { ...defaultBackoff, ...options };
  let answered = false;
  const again = <T>(attempt: (failed: number) => Promise<T>): Promise<T> =>
    withBackoff(
      { ...policy, attempts: answered ? policy.attempts : Math.min(policy.attempts, FIRST_CONTACT_ATTEMPTS) },
      async (failed) => {
        const result = await attempt(failed);
        answered = true;
        return result;
      },
    );

  return {
    name: store.name,
    get: (key, range) => again(() => store.get(key, range)),
    put: (key, bytes) => again(() => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => again((failed) => putAgainIfAbsent(store, key, bytes, failed > 0)),
    putStream: (key, pieces) =>
      typeof pieces === 'function' ? again(() => store.putStream(key, pieces)) : store.putStream(key, pieces),
    list: (prefix, bounds) => listAgain(store, prefix, bounds, again),
    listNames: (prefix) => listNamesAgain(store, prefix, again),
    stat: (key) => again(() => store.stat(key)),
    delete: (key) => again(() => store.delete(key)),
    clock: () => store.clock(),
    sweep: () => again(() => store.sweep()),
    close: () => store.close(),
  };
}

/** Runs an attempt as often as the policy allows. */
type Again = <T>(attempt: (failed: number) => Promise<T>) => Promise<T>;

/** After a failed attempt that may have arrived, `exists` can mean ourselves: the bytes tell. */
async function putAgainIfAbsent(
  store: Store,
  key: string,
  bytes: Uint8Array,
  mayBeOurs: boolean,
): Promise<'stored' | 'exists'> {
  const outcome = await store.putIfAbsent(key, bytes);
  if (outcome === 'stored' || !mayBeOurs) return outcome;
  return equalBytes(await store.get(key), bytes) ? 'stored' : 'exists';
}

async function* listAgain(store: Store, prefix: string, { limit, after }: ListOptions = {}, again: Again) {
  let given = 0;
  let last = after;
  const rest = (): ListOptions => ({
    ...(limit !== undefined && { limit: limit - given }),
    ...(last !== undefined && { after: last }),
  });
  const listing = resumable(() => store.list(prefix, rest()), again);
  for await (const found of listing) {
    given++;
    last = found.key;
    yield found;
  }
}

async function* listNamesAgain(store: Store, prefix: string, again: Again) {
  const given = new Set<string>();
  for await (const name of resumable(() => store.listNames(prefix), again)) {
    if (given.has(name)) continue;
    given.add(name);
    yield name;
  }
}

/** An iteration that is begun again where it failed; `begin` knows from where. */
async function* resumable<T>(begin: () => AsyncIterable<T>, again: Again): AsyncGenerator<T> {
  let iterator = begin()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await again((failed) => {
        if (failed > 0) iterator = begin()[Symbol.asyncIterator]();
        return iterator.next();
      });
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
