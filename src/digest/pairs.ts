import { comparePaths } from '../model/path.ts';
import type { DiskEntry, SnapshotEntry } from './entries.ts';

/** A path on the disk, in the snapshot, or in both. */
export interface Pair {
  disk?: DiskEntry;
  snapshot?: SnapshotEntry;
}

/** Brings together what has the same path. Both sides are in the order of paths. */
export async function* pairs(
  disk: AsyncIterable<DiskEntry>,
  snapshot: AsyncIterable<SnapshotEntry>,
): AsyncGenerator<Pair> {
  const left = disk[Symbol.asyncIterator]();
  const right = snapshot[Symbol.asyncIterator]();
  try {
    let a = await left.next();
    let b = await right.next();
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : comparePaths(a.value.path, b.value.path);
      const pair: Pair = {};
      if (order <= 0 && !a.done) pair.disk = a.value;
      if (order >= 0 && !b.done) pair.snapshot = b.value;
      yield pair;
      if (pair.disk) a = await left.next();
      if (pair.snapshot) b = await right.next();
    }
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}
