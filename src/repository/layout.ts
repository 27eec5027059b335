import type { ListOptions, Store, StoredObject } from '../store/store.ts';

/*
 * The names of a repository's objects (docs/format.md, section 3).
 */

const ID = '[0-9a-f]{32}';
const OBJECT = new RegExp(
  `^(?:(?:spare/)?(?:format\\.json|keys/${ID})|packs/(?:data|meta)/[0-9a-f]{2}/${ID}|index/${ID}` +
    `|manifests/${ID}/\\d{15}(?:-[0-9a-f]{8})?|owner/[a-z]+/${ID})$`,
);
const NAME = new RegExp(`^${ID}$`);

/**
 * A store that lists a repository's objects and nothing else. Into a directory others put files of their own (`desktop.ini`,
 * `.DS_Store`, what a synchronization could not agree about): they must not keep anybody from his backups.
 */
export function withLayout(store: Store): Store {
  return {
    name: store.name,
    get: (key, range) => store.get(key, range),
    put: (key, bytes) => store.put(key, bytes),
    putIfAbsent: (key, bytes) => store.putIfAbsent(key, bytes),
    putStream: (key, pieces) => store.putStream(key, pieces),
    list: (prefix, options) => listObjects(store, prefix, options),
    listNames: (prefix) => listIds(store, prefix),
    stat: (key) => store.stat(key),
    delete: (key) => store.delete(key),
    clock: () => store.clock(),
    sweep: () => store.sweep(),
    close: () => store.close(),
  };
}

/** As many as are wanted, however many others lie between. */
async function* listObjects(
  store: Store,
  prefix: string,
  { limit, after }: ListOptions = {},
): AsyncGenerator<StoredObject> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  let last = after;
  for (let isMore = true; isMore && left > 0; ) {
    const bounds = {
      ...(limit !== undefined && { limit: left }),
      ...(last !== undefined && { after: last }),
    };
    let others = 0;
    for await (const object of store.list(prefix, bounds)) {
      last = object.key;
      if (OBJECT.test(object.key)) {
        left--;
        yield object;
      } else others++;
    }
    isMore = limit !== undefined && others > 0;
  }
}

/** Key slots and jobs are all that is asked for by name. */
async function* listIds(store: Store, folder: string): AsyncGenerator<string> {
  for await (const name of store.listNames(folder)) if (NAME.test(name)) yield name;
}
