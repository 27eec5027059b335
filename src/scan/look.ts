import { stat } from 'node:fs/promises';
import { loadFilesAddon } from '../native/files.ts';
import { scanBriefly } from './brief.ts';
import type { NativePath } from './disk.ts';
import { isSystemError } from './problems.ts';
import { type FileIdentity, type ScanBatch, type ScanOptions, scan, scanInline } from './scan.ts';
import { systemStat } from './system-stat.ts';
import type { WindowsListing } from './windows.ts';

/** How the disk is looked at. */
export interface LookOptions
  extends Pick<
    ScanOptions,
    'sources' | 'oneFileSystem' | 'excludeCaches' | 'rules' | 'defaultExcludes' | 'cloudFiles'
  > {
  /** The program's own: never part of a source. Absolute paths. */
  ownDirectories: string[];
  /** What Windows tells of files. Default: the addon, in a thread of its own; what is given here is asked in this one. */
  windowsFiles?: WindowsListing;
}

/** Of so many, a moment sees no more than a part. */
const TOO_MANY_FOR_A_MOMENT = 10_000;

/**
 * What a scan finds, as a run. Each batch is told before its entries appear in the run.
 * @param expected entries there were the last time
 * @param onThread there is more than a moment shows: a thread looks at it
 */
export async function* look(
  options: LookOptions,
  onBatch: (batch: ScanBatch) => void,
  expected = 0,
  onThread?: () => void,
): AsyncGenerator<Uint8Array> {
  const excludedIdentities = await identitiesOf(options.ownDirectories);
  const { windowsFiles } = options;
  const what = { ...lookedAt(options), excludedIdentities };
  const briefly = () => (expected < TOO_MANY_FOR_A_MOMENT ? scanBriefly(what, loadFilesAddon()) : undefined);
  const batches = windowsFiles ? scanInline(what, windowsFiles) : (briefly() ?? scan(what, onThread));
  for await (const batch of batches) {
    onBatch(batch);
    yield batch.run;
  }
}

/** No more than that: it travels to a thread. */
function lookedAt({
  sources,
  oneFileSystem,
  excludeCaches,
  rules,
  defaultExcludes = 'all',
  cloudFiles = 'skip',
}: LookOptions): Omit<ScanOptions, 'excludedIdentities'> {
  return { sources, oneFileSystem, excludeCaches, defaultExcludes, cloudFiles, ...(rules && { rules }) };
}

/** What the directories are that are there. */
export async function identitiesOf(directories: NativePath[]): Promise<FileIdentity[]> {
  const identities: FileIdentity[] = [];
  for (const directory of directories) {
    try {
      const { device, inode } = systemStat(await stat(directory, { bigint: true }));
      identities.push({ device, inode });
    } catch (error) {
      if (!isSystemError(error)) throw error; // not there: nothing to leave out
    }
  }
  return identities;
}
