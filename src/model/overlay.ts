import { compareCursors, isDeletion, type Run, RunCursor, RunWriter } from './run.ts';

/**
 * Lays a newer run over an older one: an entry replaces the one of the same path.
 * @param keepDeletions true between two runs of changes; false over a state, where a deletion removes.
 */
export async function* overlay(older: Run, newer: Run, keepDeletions: boolean): AsyncGenerator<Uint8Array> {
  const below = new RunCursor(older, 'a run of entries');
  const above = new RunCursor(newer, 'a run of changes');
  try {
    yield* laidOver(below, above, keepDeletions);
  } finally {
    await Promise.all([below.close(), above.close()]);
  }
}

async function* laidOver(
  below: RunCursor,
  above: RunCursor,
  keepDeletions: boolean,
): AsyncGenerator<Uint8Array> {
  const out = new RunWriter();
  if (!below.advance()) await below.refill();
  if (!above.advance()) await above.refill();
  while (!below.done || !above.done) {
    const order = below.done ? 1 : above.done ? -1 : compareCursors(below, above);
    if (order < 0) out.append(below.entriesBefore(above));
    else if (keepDeletions || !isDeletion(above)) out.append(above.entry());
    if (order <= 0 && !below.advance()) await below.refill();
    if (order >= 0 && !above.advance()) await above.refill();
    if (out.full) yield out.take();
  }
  if (out.length > 0) yield out.take();
}

/** Lays runs of changes over one another, oldest first: in pairs, so that each entry is copied log(n) times. */
export function overlayAll(changes: Run[]): Run {
  if (changes.length === 0) return [];
  if (changes.length === 1) return changes[0] as Run;
  const middle = changes.length >>> 1;
  return overlay(overlayAll(changes.slice(0, middle)), overlayAll(changes.slice(middle)), true);
}
