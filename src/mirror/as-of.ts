import { comparePaths } from '../model/path.ts';
import type { Increment } from './increments.ts';
import type { RecordEntry } from './record.ts';
import { readEntries } from './record-reader.ts';
import { Peek } from './stream.ts';

/** A path as it stood at a moment; what is not tracked, as the mirror has it now. */
export interface Wanted {
  entry: RecordEntry;
  /** Take it from the mirror as it is. */
  isCurrent: boolean;
}

/**
 * The paths of a mirror as of an increment, sorted: tracked ones as they were then; of the others only what is there now is known.
 * @param newest the last increment, which may be the same
 */
export async function* asOf(then: Increment, newest: Increment): AsyncGenerator<Wanted[]> {
  if (then.name === newest.name) {
    for await (const batch of readEntries(then)) yield batch.filter(isThere).map(plainly);
    return;
  }
  const old = new Peek(readEntries(then));
  const now = new Peek(readEntries(newest));
  try {
    await Promise.all([old.refill(), now.refill()]);
    yield* merged(old, now);
  } finally {
    await Promise.all([old.close(), now.close()]);
  }
}

async function* merged(old: Peek<RecordEntry>, now: Peek<RecordEntry>): AsyncGenerator<Wanted[]> {
  for (let batch: Wanted[] = []; ; ) {
    const order = compare(old.current, now.current);
    if (order === undefined) return yield batch;
    const wanted = choose(order <= 0 ? old.current : undefined, order >= 0 ? now.current : undefined);
    if (wanted) batch.push(wanted);
    if (order <= 0 && !old.advance()) await old.refill();
    if (order >= 0 && !now.advance()) await now.refill();
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
}

const BATCH = 256;

function compare(a: RecordEntry | undefined, b: RecordEntry | undefined): number | undefined {
  if (!a || !b) return a ? -1 : b ? 1 : undefined;
  return comparePaths(a.path, b.path);
}

function choose(then: RecordEntry | undefined, now: RecordEntry | undefined): Wanted | undefined {
  const was = then && isThere(then) ? then : undefined;
  const is = now && isThere(now) ? now : undefined;
  if (was && (was.tracked || was.type === 'directory')) return { entry: was, isCurrent: false };
  return is && (!is.tracked || was) ? { entry: is, isCurrent: true } : undefined;
}

function isThere({ operation }: RecordEntry): boolean {
  return operation !== 'deleted';
}

function plainly(entry: RecordEntry): Wanted {
  return { entry, isCurrent: !entry.tracked };
}
