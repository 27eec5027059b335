// A push in a process of its own, which kills itself at a named step: run by crash.test.ts.

import fs, { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { openRepository } from '../../src/repository/open.ts';
import { parseLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { directoriesIn, pushFrom, SECRET } from './machine.ts';

/**
 * Before or after the effect of the nth write below a prefix: keys of the store, `local/open/NAME` for a local file that is begun,
 * `local/rename/NAME` for one that gets its name. Absent: never.
 */
export interface Step {
  prefix: string;
  nth: number;
  when: 'before' | 'after';
}

const { location, machine, source, tag, step } = JSON.parse(process.argv[2] as string) as {
  location: string;
  machine: string;
  source: string;
  tag: string;
  step?: Step;
};

function kill(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way
}

let met = 0;

async function around<T>(key: string, act: () => Promise<T>): Promise<T> {
  const isIt = step && key.startsWith(step.prefix) && ++met === step.nth;
  if (isIt && step.when === 'before') kill();
  const result = await act();
  if (isIt) kill();
  return result;
}

function deadly(store: Store): Store {
  return {
    name: store.name,
    get: (key, range) => store.get(key, range),
    list: (prefix, options) => store.list(prefix, options),
    listNames: (prefix) => store.listNames(prefix),
    stat: (key) => store.stat(key),
    clock: () => store.clock(),
    close: () => store.close(),
    sweep: () => around('sweep', () => store.sweep()),
    delete: (key) => around(key, () => store.delete(key)),
    put: (key, bytes) => around(key, () => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => around(key, () => store.putIfAbsent(key, bytes)),
    putStream: (key, pieces) => around(key, () => store.putStream(key, pieces)),
  };
}

/** The same for what the program writes on its own disk. */
function deadlyDisk(): void {
  const { openSync } = fs;
  fs.openSync = (path, flags, mode) => {
    const key = `local/open/${basename(String(path))}`;
    const isIt = flags === 'w' && step && key.startsWith(step.prefix) && ++met === step.nth;
    if (isIt && step.when === 'before') kill();
    const descriptor = openSync(path, flags, mode);
    if (isIt) kill();
    return descriptor;
  };
  const { rename } = promises;
  promises.rename = (from, to) => around(`local/rename/${basename(String(to))}`, () => rename(from, to));
  syncBuiltinESMExports();
}

deadlyDisk();
const store = deadly(await openStore(parseLocation(location), { env: {} }));
const directories = directoriesIn(machine);
const repository = await openRepository({
  location,
  store,
  secret: async () => SECRET,
  directories,
  env: {},
});
await pushFrom(repository, { sources: [source], tags: [tag], workers: 1 });
await repository.close();
