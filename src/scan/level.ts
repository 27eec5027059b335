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
export function isMountPoint({ facts }: Found): boolean {
  return facts !== undefined && kindOf(facts) === 'junction';
}

/** The inode of the root of every btrfs subvolume. */
const SUBVOLUME = 256n;

/** A snapshot that a push of ours made of the subvolume around it: running, or left behind. */
export function isOurSnapshot({ native, stats }: Found): boolean {
  return stats.ino === SUBVOLUME && /[/]\.bmcloud-shadow-\d+-[^/]+$/.test(String(native));
}
