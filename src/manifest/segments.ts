import { type Run, RunCursor, RunWriter } from '../model/run.ts';

/*
 * Segments (docs/format.md, section 8): a sorted run of entries is cut at paths that the content chooses, so that a state which
 * changed a little stores a few segments and finds the others again.
 */

const MIN_SEGMENT = 64 * 1024;
const MAX_SEGMENT = 1024 * 1024;
const CUT_BITS = 11;

export interface Segment {
  /** Whole entries. */
  bytes: Uint8Array;
  firstPath: Uint8Array;
}

/** Cuts a run into segments. */
export async function* segments(run: Run, gear: Uint32Array): AsyncGenerator<Segment> {
  const cursor = new RunCursor(run, 'a run of entries');
  const collected = new RunWriter(MAX_SEGMENT);
  let firstPath = new Uint8Array(0);
  try {
    while (cursor.advance() || (await cursor.refill())) {
      const entry = cursor.entry();
      if (collected.length > 0 && collected.length + entry.length > MAX_SEGMENT) {
        yield { bytes: collected.take(), firstPath };
      }
      if (collected.length === 0) firstPath = cursor.path().slice();
      collected.append(entry);
      if (collected.length >= MIN_SEGMENT && cutsAfter(cursor, gear)) {
        yield { bytes: collected.take(), firstPath };
      }
    }
    if (collected.length > 0) yield { bytes: collected.take(), firstPath };
  } finally {
    await cursor.close();
  }
}

/** By the path of the entry. */
function cutsAfter({ batch, pathStart, pathEnd }: RunCursor, gear: Uint32Array): boolean {
  let hash = 0;
  for (let at = pathStart; at < pathEnd; at++)
    hash = (Math.imul(hash, 16_777_619) + (gear[batch[at] as number] as number)) | 0;
  return hash >>> (32 - CUT_BITS) === 0;
}
