import { comparePaths, isWithin } from '../model/path.ts';
import { type Run, RunCursor } from '../model/run.ts';

/** A part of the sorted stream, by paths as in manifests. */
export interface ScanRange {
  /** The first path that may be in it. Absent: from the beginning. */
  from?: Uint8Array;
  /** The first one that no longer is. Absent: to the end. */
  to?: Uint8Array;
}

/** Entries of a range: three batches, so that a thread can be done with one while the one before is still looked at. */
const RANGE_ENTRIES = 4096;

/**
 * Divides what is there into ranges by what is known to have been there. Any division is right; this one makes them alike.
 * @param known sorted entries, read no further than is asked for. What is not in order is passed over
 */
export async function* rangesBy(known: Run, entries = RANGE_ENTRIES): AsyncGenerator<ScanRange> {
  let range: ScanRange = {};
  for await (const cut of cuts(known, entries)) {
    yield { ...range, to: cut };
    range = { from: cut };
  }
  yield range;
}

/** Paths so many entries apart, the last one with at least as many behind it. */
async function* cuts(known: Run, entries: number): AsyncGenerator<Uint8Array> {
  const cursor = new RunCursor(known, 'the last known state');
  let cut: Uint8Array | undefined;
  try {
    for (let passed = 0; cursor.advance() || (await cursor.refill()); passed++) {
      if (passed === 0 || passed % entries !== 0) continue;
      const path = cursor.path();
      if (cut && comparePaths(path, cut) <= 0) continue; // whatever is known, no range may go back
      if (cut) yield cut;
      cut = path.slice();
    }
  } finally {
    await cursor.close();
  }
}

/** True for what lies before a range with all that is below it. */
export function liesBefore(path: Uint8Array, { from }: ScanRange): boolean {
  return from !== undefined && comparePaths(path, from) < 0 && !isWithin(from, path);
}

/** True for a directory in which a range begins: it belongs to one before. */
export function leadsTo(path: Uint8Array, { from }: ScanRange): boolean {
  return from !== undefined && comparePaths(path, from) < 0;
}

/** True for what lies behind a range. */
export function liesBehind(path: Uint8Array, { to }: ScanRange): boolean {
  return to !== undefined && comparePaths(path, to) >= 0;
}

/** True for a directory of which a part may lie outside. */
export function isCut(directory: Uint8Array, { from, to }: ScanRange): boolean {
  return (from !== undefined && isWithin(from, directory)) || (to !== undefined && isWithin(to, directory));
}
