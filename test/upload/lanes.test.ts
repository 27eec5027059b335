import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { push } from '../../src/push.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { type Pieces, readPieces, type Store } from '../../src/store/store.ts';
import { makeRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';

/** Takes a piece of every other stream each 50 milliseconds: those pieces wait, and others overtake them. */
function unevenlySlow(store: Store): Store {
  let streams = 0;
  return {
    ...store,
    putStream: async (key, pieces) => await store.putStream(key, streams++ % 2 === 0 ? late(pieces) : pieces),
  };
}

async function* late(pieces: Pieces): AsyncGenerator<Uint8Array> {
  for await (const piece of readPieces(pieces)) {
    await passed(50);
    yield piece;
  }
}

test('a lane hears of all that the store took, though it is let go of by then', async () => {
  const made = await makeRepository({ store: unevenlySlow(memoryStore()) });
  try {
    for (const name of ['a', 'b', 'c']) writeFileSync(join(made.source, name), randomBytes(20 * 1024 * 1024));
    const { statistics } = await push(made.repository, pushOptions({ sources: [made.source], workers: 2 }));
    expect(statistics.bytesStored).toBeGreaterThan(60 * 1024 * 1024);
  } finally {
    await made.cleanup();
  }
}, 30_000);
