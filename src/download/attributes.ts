import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  lutimesSync,
  openSync,
  utimesSync,
} from 'node:fs';
import { platform, userInfo } from 'node:os';
import type { Stat } from '../model/entry.ts';
import { nanosecondsOf, timeForNode } from '../model/time.ts';
import type { Timestamp } from '../model/wire.ts';
import type { NativePath } from '../scan/disk.ts';
import { readOwners } from '../scan/owners.ts';
import { isSystemError } from '../scan/problems.ts';
import type { Existing } from './decide.ts';
import type { FileStat } from './file-stats.ts';
import type { Lost } from './outcome.ts';
import type { Target } from './target.ts';

/*
 * Owner, mode and times of what was restored, in this order: a change of owner clears setuid bits, and any change the times.
 */

export interface AttributeSettings {
  /** Give files back to their owners; only root can. */
  ownership: boolean;
  /** Whether setuid and setgid bits may be set at all. */
  setIds: boolean;
  target: Pick<Target, 'fromWindows'>;
}

const SET_IDS = 0o6000;
const PERMISSIONS = 0o777;
const isWindows = platform() === 'win32';
/** What a mode says here: on Windows, whether a file can be written to. */
const MODE_BITS = isWindows ? 0o200 : 0o7777;

/** Sets attributes by the rules of one restore. Remembers what the system refused, for one warning in all. */
export class Attributes {
  readonly #settings: AttributeSettings;
  readonly #user: { uid: number; gid: number };
  readonly #users: Map<string, number>;
  readonly #groups: Map<string, number>;
  /** `owner`, `mode`. */
  readonly lost = new Set<Lost>();

  constructor(settings: AttributeSettings) {
    this.#settings = settings;
    const { uid, gid } = userInfo();
    this.#user = { uid, gid };
    const { users, groups } = readOwners();
    this.#users = inverse(users);
    this.#groups = inverse(groups);
  }

  /** Of an open file or directory. */
  set(descriptor: number, stat: FileStat): void {
    const owned = this.#own(stat, (uid, gid) => fchownSync(descriptor, uid, gid));
    this.#try('mode', () => fchmodSync(descriptor, this.#modeOf(stat, owned)));
    this.setOpenTime(descriptor, stat);
  }

  /** The time of modification alone, of an open file. */
  setOpenTime(descriptor: number, { mtime }: FileStat): void {
    const time = timeForNode(mtime);
    futimesSync(descriptor, time, time);
  }

  /**
   * Whether a new file that the system gives this owner and `stat.mode` needs nothing set but its time. Bits that run a program with
   * its owner's rights are always set, after the owner.
   */
  isGiven({ uid, gid }: { uid: number; gid: number }, stat: FileStat): boolean {
    if (isWindows || stat.mode > PERMISSIONS) return false;
    if (!this.#canOwn) return true;
    const owner = this.#ownerOf(stat);
    return owner.uid === uid && owner.gid === gid;
  }

  /** Of a file that was there and is open for reading, which is not enough on Windows. */
  setExisting(descriptor: number, place: NativePath, stat: FileStat): void {
    if (isWindows) this.#setPath(place, stat);
    else this.set(descriptor, stat);
  }

  /** Of a directory. A link in its place is never followed. */
  setDirectory(place: NativePath, stat: Stat): void {
    if (isWindows) {
      // To Windows, one that is not writable says something else than to the systems that have modes.
      const mode = this.#settings.target.fromWindows ? stat.mode : 0o777;
      this.#setPath(place, { ...stat, mode });
      return;
    }
    const descriptor = openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      this.set(descriptor, stat);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Of a FIFO or a device, which must not be opened. */
  setSpecial(place: NativePath, stat: Stat): void {
    const owned = this.#own(stat, (uid, gid) => lchownSync(place, uid, gid));
    this.#try('mode', () => chmodSync(place, this.#modeOf(stat, owned)));
    this.setTime(place, stat);
  }

  /** Of a symbolic link itself. Links have no mode of their own. */
  setLink(place: NativePath, stat: Stat): void {
    this.#own(stat, (uid, gid) => lchownSync(place, uid, gid));
    this.setTime(place, stat);
  }

  /** The time of modification alone. */
  setTime(place: NativePath, { mtime }: Stat): void {
    const time = timeForNode(mtime);
    lutimesSync(place, time, time);
  }

  /** Of a file whose data and time are right: owner and mode, where they are not. */
  mend({ place, there }: Existing, stat: Stat): void {
    if (this.#agree(there, stat)) return;
    this.setSpecial(place, stat);
  }

  /** Whether mode and owner are what `set` would make them. */
  #agree(stats: BigIntStats, stat: Stat): boolean {
    const owner = this.#ownerOf(stat);
    const isOwner = Number(stats.uid) === owner.uid && Number(stats.gid) === owner.gid;
    if (this.#canOwn && !isOwner) return false;
    return ((Number(stats.mode) ^ this.#modeOf(stat, isOwner)) & MODE_BITS) === 0;
  }

  #setPath(place: NativePath, stat: FileStat): void {
    this.#try('mode', () => chmodSync(place, this.#modeOf(stat, false)));
    utimesSync(place, timeForNode(stat.mtime), timeForNode(stat.mtime));
  }

  get #canOwn(): boolean {
    return this.#settings.ownership && this.#user.uid === 0;
  }

  /** Whether the file belongs to whom it did: only then may it run with their rights. */
  #own(stat: FileStat, change: (uid: number, gid: number) => void): boolean {
    const { uid, gid } = this.#ownerOf(stat);
    if (this.#canOwn) return this.#try('owner', () => change(uid, gid));
    return uid === this.#user.uid && gid === this.#user.gid;
  }

  /** By name where the name is known here: numbers differ between systems. */
  #ownerOf({ uid, gid, user, group }: FileStat): { uid: number; gid: number } {
    return {
      uid: (user === undefined ? undefined : this.#users.get(user)) ?? uid,
      gid: (group === undefined ? undefined : this.#groups.get(group)) ?? gid,
    };
  }

  #modeOf({ mode }: FileStat, owned: boolean): number {
    return this.#settings.setIds && owned ? mode : mode & ~SET_IDS;
  }

  /** File systems without owners and modes (FAT, many network mounts) refuse: data is what matters there. */
  #try(what: Lost, change: () => void): boolean {
    try {
      change();
      return true;
    } catch (error) {
      if (!isSystemError(error) || !['EPERM', 'ENOTSUP', 'EINVAL', 'ENOSYS'].includes(error.code))
        throw error;
      this.lost.add(what);
      return false;
    }
  }
}

function inverse(names: Map<number, string>): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [number, name] of names) if (!numbers.has(name)) numbers.set(name, number);
  return numbers;
}

/** What times that were set can be off by, in nanoseconds: some systems cut microseconds off. */
const PRECISION = 2000n;

/** Whether a file has this time of modification, as precisely as it can be set. */
export function hasTime(stats: BigIntStats, time: Timestamp): boolean {
  const difference = stats.mtimeNs - nanosecondsOf(time);
  return difference < PRECISION && difference > -PRECISION;
}
