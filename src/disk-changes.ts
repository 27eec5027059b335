import { stat } from 'node:fs/promises';
import { type DiffCounts, type Difference, diff } from './diff/diff.ts';
import type { OnEvent } from './model/events.ts';
import type { Run } from './model/run.ts';
import { isSystemError } from './scan/problems.ts';
import { type FileIdentity, type ScanOptions, scan } from './scan/scan.ts';

/** How the disk is looked at. */
export interface DiskOptions extends Pick<ScanOptions, 'sources' | 'oneFileSystem' | 'excludeCaches'> {
  /** The program's own: never part of a source. Absolute paths. */
  ownDirectories: string[];
}

/** What differs on disk from a state, by metadata: no file is read. What cannot be looked at is told and counts as it was. */
export async function* diskChanges(
  previous: Run,
  options: DiskOptions,
  counts: DiffCounts,
  tell: OnEvent,
): AsyncGenerator<Difference> {
  const unseen: Uint8Array[] = [];
  const excludedIdentities = await identitiesOf(options.ownDirectories);
  const { sources, oneFileSystem, excludeCaches } = options;
  const found = async function* () {
    for await (const { run, problems } of scan({
      sources,
      oneFileSystem,
      excludeCaches,
      excludedIdentities,
    })) {
      for (const { path, native, message, code } of problems) {
        unseen.push(path);
        tell({ type: 'skipped', path: native, reason: message, code });
      }
      yield run;
    }
  };
  for await (const batch of diff(previous, found(), { unseen, counts })) yield* batch;
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
