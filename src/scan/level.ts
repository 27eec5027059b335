import type { Scope } from '../rules/rules.ts';
import type { Candidate } from './candidates.ts';
import type { NativePath } from './disk.ts';
import type { Name } from './listing.ts';
import type { Choice } from './selection.ts';
import type { StillListed } from './still-listed.ts';
import { isSame, type SystemStat } from './system-stat.ts';
import { kindOf, type WindowsFacts } from './windows.ts';

/** Something that was found, on its way to becoming an entry. */
export interface Found {
  path: Uint8Array;
  native: NativePath;
  seen: SystemStat;
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
  /** What was seen of each when it was listed. */
  seenInside?: (SystemStat | undefined)[];
}

/** A directory that is being walked. */
export interface Level extends Found, Listed {
  /** Position in `names` of the next one that the rules are asked for. */
  next: number;
  /** Names before it that wait to be visited, the next one last. */
  candidates: Candidate[];
  /** Of those that come next, so many were looked at a moment ago. */
  fresh: number;
  /** What the rules say in it, where there are rules. */
  scope?: Scope | undefined;
  /** Its own entry waits for the first one below: without that it is not wanted. */
  isHeld: boolean;
  /** Of a volume of Windows: some names mean something there. */
  isVolumeRoot: boolean;
  /** Asked once a name in it was not found. */
  stillListed?: StillListed;
}

/** Nothing in it is left to visit. */
export function isDone({ names, next, candidates }: Level): boolean {
  return next === names.length && candidates.length === 0;
}

/** Leaves out what was not visited yet. */
export function leave(level: Level): void {
  level.next = level.names.length;
  level.candidates = [];
}

/** A name that is no text. On Windows a path can have one, but most of the system cannot. */
export function isIllFormed(name: Name, facts: WindowsFacts | undefined): boolean {
  return facts !== undefined && typeof name !== 'string';
}

/** What was found under such a name is not what was listed under it. */
export function isAnother(name: Name, { inode }: SystemStat, facts: WindowsFacts | undefined): boolean {
  return isIllFormed(name, facts) && inode !== facts?.fileId;
}

/** Another volume that is mounted in a directory: Windows has no link for it, and it may lead back up. */
function isMountPoint({ facts }: Pick<Found, 'facts'>): boolean {
  return facts !== undefined && kindOf(facts) === 'junction';
}

/** A directory above is the same one: whoever goes on goes round for ever. */
export function leadsBackUp({ seen, above }: Found): boolean {
  for (let level = above; level; level = level.above) if (isSame(level.seen, seen)) return true;
  return false;
}

/** The number of the root directory of every NTFS volume. */
const NTFS_ROOT = 0x5_0000_0000_0005n;

/** Whether it is the root of a Windows volume, whatever its path looks like. Without the addon only the number tells. */
export function isRootOfVolume(found: Pick<Found, 'seen' | 'facts'>): boolean {
  return found.seen.inode === NTFS_ROOT || isMountPoint(found);
}

/** The inode of the root of every btrfs subvolume. */
const SUBVOLUME = 256n;

/** A snapshot that a push of ours made of the subvolume around it: running, or left behind. */
export function isOurSnapshot({ native, seen }: Found): boolean {
  return seen.inode === SUBVOLUME && /[/]\.bmcloud-shadow-\d+-[^/]+$/.test(String(native));
}
