import { BatchBuilder, type ScanBatch, type ScanOptions, type ScanSource } from './batch.ts';
import { type Disk, quickDisk } from './disk.ts';
import { isDone, type Level } from './level.ts';
import { type Owners, readOwners } from './owners.ts';
import { Visitor } from './visit.ts';
import type { WindowsListing } from './windows.ts';

/**
 * Walks the sources depth first, names in the order of their bytes: which is the order of entries.
 * @param windows what Windows tells besides; absent on other systems
 */
export function* walk(
  options: ScanOptions,
  disk: Disk = quickDisk(),
  owners: Owners = readOwners(),
  windows?: WindowsListing,
): Generator<ScanBatch> {
  const batch = new BatchBuilder(options.batchBytes);
  const visitor = new Visitor(options, disk, owners, batch, windows);
  for (const source of inOrder(options.sources)) {
    // A stack of our own: a tree can be deeper than the one of calls.
    const stack: Level[] = [];
    let entered = visitor.visitSource(source);
    for (;;) {
      if (batch.full) {
        yield batch.take();
        // Whoever takes the batches may have had other things to do.
        visitor.lookAgain();
      }
      if (entered) stack.push(entered);
      const level = nextLevel(stack);
      if (!level) break;
      entered = visitor.visitNext(level);
    }
  }
  if (!batch.empty) yield batch.take();
}

/** The innermost level that has something left; drops those that have nothing. */
function nextLevel(stack: Level[]): Level | undefined {
  for (;;) {
    const level = stack.at(-1);
    if (!level || !isDone(level)) return level;
    stack.pop();
  }
}

function inOrder(sources: ScanSource[]): ScanSource[] {
  return sources.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}
