import { decodeStat, entriesOf, type Stat } from '../model/entry.ts';
import type { Run } from '../model/run.ts';
import { isDirectory } from '../model/tally.ts';
import { type Layout, placeOfEntry } from './paths.ts';

/** Something that was found, in the source or in the mirror. */
export interface Found {
  /** Where it lies in the mirror, or shall. */
  path: Uint8Array;
  /** Its entry. */
  entry: Uint8Array;
  stat: Stat;
  /** Encoded; empty for what was found on disk. */
  content: Uint8Array;
}

/**
 * The entries of a run, as what lies in the mirror: files, directories and symbolic links.
 * @param onRoot is told of the root of an only source, which is the mirror itself
 */
export async function* foundIn(
  run: Run,
  layout: Layout,
  onRoot: (stat: Stat) => void = () => {},
): AsyncGenerator<Found[]> {
  for await (const bytes of run) {
    const batch: Found[] = [];
    for (const { path: entry, stat, content } of entriesOf(bytes)) {
      const path = placeOfEntry(layout, entry, isDirectory(stat));
      if (path) batch.push({ path, entry, stat: decodeStat(stat), content });
      else onRoot(decodeStat(stat));
    }
    if (batch.length > 0) yield batch;
  }
}
