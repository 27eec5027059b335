import { checkKey } from './key.ts';
import { readPieces, type Store } from './store.ts';

/** A store that is read as ever, while writes, deletions and sweeps go nowhere. Streams are read to their end. */
export function dryRunStore(store: Store): Store {
  const pretend = async (key: string) => checkKey(key);
  return {
    name: store.name,
    get: (key, range) => store.get(key, range),
    put: pretend,
    putIfAbsent: async (key) => ((await store.stat(key)) ? 'exists' : 'stored'),
    async putStream(key, pieces) {
      checkKey(key);
      for await (const _ of readPieces(pieces));
    },
    list: (prefix, bounds) => store.list(prefix, bounds),
    listNames: (prefix) => store.listNames(prefix),
    stat: (key) => store.stat(key),
    delete: pretend,
    clock: () => store.clock(),
    sweep: async () => 0,
    close: () => store.close(),
  };
}
