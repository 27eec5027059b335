import type { BigIntStats } from 'node:fs';
import type { Scope } from '../rules/rules.ts';
import type { NativePath } from './disk.ts';
import type { Name } from './listing.ts';
import type { Choice } from './selection.ts';
import { kindOf, type WindowsFacts } from './windows.ts';

/** Something that was found, on its way to becoming an entry. */
export interface Found {
  path: Uint8Array;
  native: NativePath;
  stats: BigIntStats;
  /** The device of the source it belongs to. */
  device: bigint;
  /** The directory it is in; absent for a source: who names one means it. */
  above?: Level;
  /** What the rules say of it, where there are rules. */
  choice?: Choice | undefined;
  /** On Windows. */
  facts?: WindowsFacts | undefined;
}

/** What is in a directory. */
export interface Listed {
  names: Name[];
  /** What Windows said of each when it listed them. */
  inside?: Map<Name, WindowsFacts>;
}

/** A directory that is being walked. */
export interface Level extends Found, Listed {
  /** Position in `names` of the next one to visit. */
  next: number;
  /** What the rules say in it, where there are rules. */
  scope?: Scope | undefined;
  /** Its own entry waits for the first one below: without that it is not wanted. */
  isHeld: boolean;
  /** Of a volume of Windows: some names mean something there. */
  isVolumeRoot: boolean;
}

/** A name that is no text. On Windows a path can have one, but most of the system cannot. */
export function isIllFormed(name: Name, facts: WindowsFacts | undefined): boolean {
  return facts !== undefined && typeof name !== 'string';
}

/** What was found under such a name is not what was listed under it. */
export function isAnother(name: Name, { ino }: BigIntStats, facts: WindowsFacts | undefined): boolean {
  return isIllFormed(name, facts) && ino !== facts?.fileId;
}

/** Another volume that is mounted in a directory: Windows has no link for it, and it may lead back up. */
function isMountPoint({ facts }: Pick<Found, 'facts'>): boolean {
  return facts !== undefined && kindOf(facts) === 'junction';
}

/** A directory above is the same one: whoever goes on goes round for ever. */
export function leadsBackUp({ stats, above }: Found): boolean {
  for (let level = above; level; level = level.above)
    if (level.stats.ino === stats.ino && level.stats.dev === stats.dev) return true;
  return false;
}

/** The number of the root directory of every NTFS volume. */
const NTFS_ROOT = 0x5_0000_0000_0005n;

/** Whether it is the root of a Windows volume, whatever its path looks like. Without the addon only the number tells. */
export function isRootOfVolume(found: Pick<Found, 'stats' | 'facts'>): boolean {
  return found.stats.ino === NTFS_ROOT || isMountPoint(found);
}

/** The inode of the root of every btrfs subvolume. */
const SUBVOLUME = 256n;

/** A snapshot that a push of ours made of the subvolume around it: running, or left behind. */
export function isOurSnapshot({ native, stats }: Found): boolean {
  return stats.ino === SUBVOLUME && /[/]\.bmcloud-shadow-\d+-[^/]+$/.test(String(native));
}
