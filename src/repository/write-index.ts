import { setImmediate } from 'node:timers/promises';
import { release } from '../flow/release.ts';
import { writeIndexObject } from './index-objects.ts';
import type { KnownChunks } from './known-chunks.ts';
import type { Repository } from './repository.ts';

/**
 * Stores an index object of all chunks that wait for one, whichever push of this process stored them, if there are at least so many.
 * @throws what stores throw
 */
export async function writeIndex(repository: Repository, atLeast = 1): Promise<void> {
  const known = await repository.knownSoFar();
  if (!known || known.waiting < atLeast) return;
  await known.indexing.run(async () => {
    if (known.waiting >= atLeast) await writeIndexOf(repository, known);
  });
}

/** A step may take 50 ms: between them, lanes get their answers. */
async function writeIndexOf(repository: Repository, known: KnownChunks): Promise<void> {
  const table = known.waitingTable();
  await setImmediate();
  const id = await writeIndexObject(repository.store, repository.keys.write, table, repository.random);
  known.settle(await repository.indexCache.add(id, table), table);
  release(table.rows);
}
