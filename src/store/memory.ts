import { checkFolder, checkKey, checkPrefix, cutShort, notFound } from './key.ts';
import { type ListOptions, readPieces, type Store, type StoredObject } from './store.ts';

interface Held {
  bytes: Uint8Array;
  modified: Date;
}

/** A store that lives as long as the process: for tests, and the plainest statement of what a store does. */
export function memoryStore(options: { name?: string; now?: () => Date } = {}): Store {
  const { name = 'memory', now = () => new Date() } = options;
  const held = new Map<string, Held>();
  const hold = (key: string, bytes: Uint8Array) =>
    held.set(key, { bytes: new Uint8Array(bytes), modified: now() });

  return {
    name,
    async get(key, range) {
      checkKey(key);
      const found = held.get(key);
      if (!found) throw notFound(key, name);
      if (range && range.end > found.bytes.length) throw cutShort(key, name);
      return found.bytes.slice(range?.start, range?.end);
    },
    async put(key, bytes) {
      checkKey(key);
      hold(key, bytes);
    },
    async putIfAbsent(key, bytes) {
      checkKey(key);
      if (held.has(key)) return 'exists';
      hold(key, bytes);
      return 'stored';
    },
    async putStream(key, pieces) {
      checkKey(key);
      const parts: Uint8Array[] = [];
      for await (const piece of readPieces(pieces)) parts.push(new Uint8Array(piece));
      hold(key, Buffer.concat(parts));
    },
    async *list(prefix, bounds = {}) {
      checkPrefix(prefix);
      for (const key of selectKeys([...held.keys()], prefix, bounds)) {
        const found = held.get(key);
        if (found) yield describe(key, found);
      }
    },
    async *listNames(prefix) {
      checkFolder(prefix);
      const keys = selectKeys([...held.keys()], prefix, {});
      yield* new Set(keys.map((key) => key.slice(prefix.length).split('/', 1)[0]!));
    },
    async stat(key) {
      checkKey(key);
      const found = held.get(key);
      return found && describe(key, found);
    },
    async delete(key) {
      checkKey(key);
      held.delete(key);
    },
    clock: () => ({ store: now(), local: now() }),
    sweep: async () => 0,
    close: async () => {},
  };
}

function selectKeys(keys: string[], prefix: string, { limit, after = '' }: ListOptions): string[] {
  const selected = keys.filter((key) => key.startsWith(prefix) && key > after).sort();
  return limit === undefined ? selected : selected.slice(0, limit);
}

function describe(key: string, held: Held): StoredObject {
  return { key, size: held.bytes.length, modified: held.modified };
}
