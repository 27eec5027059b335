import type { BigIntStats } from 'node:fs';
import type { Stat } from '../model/entry.ts';
import { nanosecondsOf } from '../model/time.ts';
import type { NativePath } from '../scan/disk.ts';
import { hasTime } from './attributes.ts';

/** What is at a path. */
export interface Existing {
  place: NativePath;
  there: BigIntStats;
}

/** Which existing files are replaced. */
export type Overwrite = 'always' | 'if-newer' | 'if-different' | 'never';

/** What is to be done about a path where something is already. */
export type Decision =
  /** It stays as it is. */
  | 'leave'
  /** Its data are right; owner and mode may not be. */
  | 'touch'
  /** It is replaced; what of its data is right is taken from it. */
  | 'replace'
  /** A directory is in the way of something else. */
  | 'blocked';

/**
 * Decides about a file.
 * @param length of the data in the snapshot, in bytes
 * @param distrust compare data even where size and time agree
 */
export function decide(
  there: BigIntStats,
  stat: Stat,
  options: { overwrite: Overwrite; length: number; distrust: boolean },
): Decision {
  const { overwrite, length, distrust } = options;
  const same = there.isFile() && Number(there.size) === length && hasTime(there, stat.mtime);
  return decideOther(there, stat, { overwrite, same: same && !distrust });
}

/**
 * Decides about a path that is no directory in the snapshot.
 * @param same what is there is what the snapshot has
 */
export function decideOther(
  there: BigIntStats,
  stat: Stat,
  { overwrite, same }: { overwrite: Overwrite; same: boolean },
): Decision {
  if (overwrite === 'never') return 'leave';
  if (there.isDirectory()) return 'blocked';
  if (overwrite === 'if-newer' && !isNewer(stat, there)) return 'leave';
  return same && overwrite !== 'always' ? 'touch' : 'replace';
}

function isNewer({ mtime }: Stat, there: BigIntStats): boolean {
  return !hasTime(there, mtime) && nanosecondsOf(mtime) > there.mtimeNs;
}
