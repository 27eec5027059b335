import { type CutSizes, WINDOW_BYTES } from '../chunk/cut.ts';
import type { ListItem } from '../model/entry.ts';
import { failureOf, type ReadFailure } from '../read/failure.ts';
import type { SourceFile } from '../read/shared.ts';
import type { ChunkWriter } from './chunk-writer.ts';

/**
 * A range is read in pieces of this many bytes: the longest chunk has room; in front of it, what the rolling hash needs to tell
 * where a stripe begins; behind it, what may be a hole.
 */
export function windowBytes({ min, max }: CutSizes): number {
  return Math.max(4 * 1024 * 1024, WINDOW_BYTES + max + min);
}

/** Where to read, and how to cut. */
export interface Range {
  start: number;
  /** May lie behind the end of the source. */
  end: number;
  /** There is a previous version: unknown chunks are cut finer. */
  edited: boolean;
}

/** Reads, cuts and stores a range of a source. @param window of `windowBytes` */
export async function storeRange(
  source: SourceFile,
  { start, end, edited }: Range,
  writer: ChunkWriter,
  window: Buffer,
): Promise<{ items: ListItem[]; bytes: number } | { failed: ReadFailure }> {
  const items: ListItem[] = [];
  let position = start;
  let kept = 0;
  for (let more = true; more; ) {
    const wanted = Math.max(0, Math.min(window.length - kept, end - position));
    const got = attempt(() => source.read(window.subarray(kept, kept + wanted), position));
    if ('failed' in got) return got;
    position += got.value;
    more = got.value === wanted && position < end;
    const filled = window.subarray(0, kept + got.value);
    const chunks = writer.cut(filled, edited, more, position - filled.length);
    items.push(...(await writer.write(chunks)).flat());
    const used = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    window.copyWithin(0, used, filled.length);
    kept = filled.length - used;
  }
  return { items, bytes: position - start };
}

/** Guards reads of the source and nothing else: what fails here skips a file, what fails elsewhere stops the push. */
export function attempt<T>(read: () => T): { value: T } | { failed: ReadFailure } {
  try {
    return { value: read() };
  } catch (error) {
    return { failed: failureOf(error) };
  }
}
