import { stat } from 'node:fs/promises';
import { isSystemError } from './problems.ts';
import { type FileIdentity, type ScanBatch, type ScanOptions, scan } from './scan.ts';

/** How the disk is looked at. */
export interface LookOptions
  extends Pick<ScanOptions, 'sources' | 'oneFileSystem' | 'excludeCaches' | 'defaultExcludes'> {
  /** The program's own: never part of a source. Absolute paths. */
  ownDirectories: string[];
}

/** What a scan finds, as a run. Each batch is told before its entries appear in the run. */
export async function* look(
  options: LookOptions,
  onBatch: (batch: ScanBatch) => void,
): AsyncGenerator<Uint8Array> {
  const excludedIdentities = await identitiesOf(options.ownDirectories);
  for await (const batch of scan({ ...lookedAt(options), excludedIdentities })) {
    onBatch(batch);
    yield batch.run;
  }
}

/** No more than that: it travels to a thread. */
function lookedAt({ sources, oneFileSystem, excludeCaches, defaultExcludes = 'all' }: LookOptions) {
  return { sources, oneFileSystem, excludeCaches, defaultExcludes };
}

async function identitiesOf(directories: string[]): Promise<FileIdentity[]> {
  const identities: FileIdentity[] = [];
  for (const directory of directories) {
    try {
      const { dev: device, ino: inode } = await stat(directory, { bigint: true });
      identities.push({ device, inode });
    } catch (error) {
      if (!isSystemError(error)) throw error; // not there: nothing to leave out
    }
  }
  return identities;
}
