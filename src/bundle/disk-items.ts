import type { BigIntStats } from 'node:fs';
import { unreadable } from '../archive/member.ts';
import { decodeStat, linkKeyOf, type Stat } from '../model/entry.ts';
import { type Run, RunCursor } from '../model/run.ts';
import { failureOf } from '../read/failure.ts';
import { DEFAULT_READ_SIZE, openShared, type SourceFile } from '../read/shared.ts';
import type { ScanSource } from '../scan/batch.ts';
import type { NativePath } from '../scan/disk.ts';
import { nativePath } from '../scan/native-path.ts';
import type { Item, OpenData } from './item.ts';

const PIECE = 1024 * 1024;

export interface DiskItemsOptions {
  sources: ScanSource[];
  /** True of the archive itself, which may lie in what it is made of. */
  isOwn: (stats: BigIntStats) => boolean;
  /** A file that others wrote to meanwhile: it is in the archive as it was read. */
  onChanged: (path: Uint8Array) => void;
}

/** What a scan found, with the data still on the disk. */
export async function* diskItems(found: Run, options: DiskItemsOptions): AsyncGenerator<Item> {
  const roots = new Map(options.sources.map(({ name, path }) => [name, path]));
  const cursor = new RunCursor(found, 'the scan');
  try {
    while (cursor.advance() || (await cursor.refill())) {
      const path = cursor.path().slice();
      const stat = decodeStat(cursor.stat());
      const root = roots.get(sourceOf(path)) as Uint8Array;
      yield itemOf(path, stat, nativePath(root, path), options);
    }
  } finally {
    await cursor.close();
  }
}

function sourceOf(path: Uint8Array): string {
  const slash = path.indexOf(0x2f);
  return Buffer.from(slash === -1 ? path : path.subarray(0, slash)).toString();
}

function itemOf(path: Uint8Array, stat: Stat, native: NativePath, options: DiskItemsOptions): Item {
  if (stat.type !== 'file') return { path, stat };
  const linkKey = linkKeyOf(stat);
  const open = () => openFile(path, native, options);
  return { path, stat, ...(linkKey !== undefined && { linkKey }), open };
}

/** Thrown for the archive itself, which is left out without a word. */
export const OWN = 'own';

async function openFile(path: Uint8Array, native: NativePath, options: DiskItemsOptions): Promise<OpenData> {
  const file = ofSource(() => openShared(native, DEFAULT_READ_SIZE));
  try {
    const stats = ofSource(() => file.stats());
    if (options.isOwn(stats)) throw unreadable('it is the archive itself', OWN);
    if (!stats.isFile()) throw unreadable('it is no file any more', 'ENOENT');
    return { size: Number(stats.size), pieces: piecesOf(file, stats, () => options.onChanged(path)) };
  } catch (error) {
    file.close();
    throw error;
  }
}

async function* piecesOf(
  file: SourceFile,
  before: BigIntStats,
  onChanged: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    const size = Number(before.size);
    for (let at = 0; at < size; ) {
      const piece = new Uint8Array(Math.min(PIECE, size - at));
      const got = ofSource(() => file.read(piece, at));
      if (got < piece.length) throw unreadable('it became shorter while it was read', 'EAGAIN');
      at += got;
      yield piece;
    }
    const after = ofSource(() => file.stats());
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) onChanged();
  } finally {
    file.close();
  }
}

/** What the system says of a source concerns that file only. */
function ofSource<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { message, code } = failureOf(error);
    throw unreadable(message, code, error);
  }
}
