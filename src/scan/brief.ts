import { performance } from 'node:perf_hooks';
import type { ScanBatch, ScanOptions } from './batch.ts';
import { type Disk, quickDisk } from './disk.ts';
import { readOwners } from './owners.ts';
import { walk } from './walk.ts';
import type { WindowsListing } from './windows.ts';

/** Milliseconds: a thread takes five times as long to begin. */
const BRIEFLY = 10;

/**
 * All that there is, looked at in the calling thread, where that takes no longer than a moment.
 * @param windows what Windows tells besides
 * @returns undefined where it would: nothing is known then
 */
export function scanBriefly(
  options: ScanOptions,
  windows: WindowsListing | undefined,
  disk: Disk = quickDisk(),
  now: () => number = () => performance.now(),
): ScanBatch[] | undefined {
  const end = now() + BRIEFLY;
  try {
    return [
      ...walk(
        options,
        until(disk, () => now() > end),
        readOwners(),
        windows,
      ),
    ];
  } catch (error) {
    if (error instanceof TimeIsUp) return undefined;
    throw error;
  }
}

/** No error of the system's, so the walk lets it pass. */
class TimeIsUp extends Error {}

/** The same disk, which lists and looks until then. */
function until(disk: Disk, isOver: () => boolean): Disk {
  const inTime = <T>(path: T): T => {
    if (isOver()) throw new TimeIsUp();
    return path;
  };
  const { lstatAll } = disk;
  return {
    ...disk,
    names: (directory) => disk.names(inTime(directory)),
    lstat: (path) => disk.lstat(inTime(path)),
    ...(lstatAll && { lstatAll: (directory, names) => lstatAll(inTime(directory), names) }),
  };
}
