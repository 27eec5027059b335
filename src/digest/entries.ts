import { decodeContent, decodeStat, type List } from '../model/entry.ts';
import { isWithin } from '../model/path.ts';
import { type Run, RunCursor } from '../model/run.ts';
import type { NativePath } from '../scan/disk.ts';
import { nativePath } from '../scan/native-path.ts';
import type { ScanSource } from '../scan/scan.ts';
import type { DigestEntry } from './record.ts';

export interface DiskEntry extends DigestEntry {
  native: NativePath;
}

export interface SnapshotEntry extends DigestEntry {
  /** Of files. */
  list: List | undefined;
}

/** The paths of a scan of one source, in the order of paths. */
export async function* diskEntries(found: Run, { name, path: root }: ScanSource): AsyncGenerator<DiskEntry> {
  const cursor = new RunCursor(found, 'the scan');
  const prefix = Buffer.byteLength(name) + 1;
  try {
    while (cursor.advance() || (await cursor.refill())) {
      const path = cursor.path().slice();
      yield {
        path: path.subarray(prefix),
        stat: decodeStat(cursor.stat()),
        // Only whoever reads files asks for it.
        get native() {
          return nativePath(root, path);
        },
      };
    }
  } finally {
    await cursor.close();
  }
}

/** The paths of a snapshot that lie within `top`, below it. */
export async function* snapshotEntries(state: Run, top: Uint8Array): AsyncGenerator<SnapshotEntry> {
  const cursor = new RunCursor(state, 'the state of a snapshot');
  try {
    while (cursor.advance() || (await cursor.refill())) {
      if (!isWithin(cursor.path(), top)) continue;
      const { list } = decodeContent(cursor.content());
      yield { path: cursor.path().slice(top.length + 1), stat: decodeStat(cursor.stat()), list };
    }
  } finally {
    await cursor.close();
  }
}
