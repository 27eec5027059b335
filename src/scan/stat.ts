import { platform } from 'node:os';
import type { EntryType, Stat } from '../model/entry.ts';
import type { Owners } from './owners.ts';
import { type SystemStat, typeBits } from './system-stat.ts';
import { type WindowsFacts, windowsFields } from './windows.ts';

const PERMISSION_BITS = 0o7777;

const typesByMode = new Map<number, EntryType>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o020000, 'character'],
  [0o060000, 'block'],
]);

/** Undefined: something the format has no word for. */
export function typeOf(seen: SystemStat): EntryType | undefined {
  return typesByMode.get(typeBits(seen));
}

/** What an entry keeps of the system's answer. @param facts what Windows says besides */
export function statOf(
  type: EntryType,
  seen: SystemStat,
  owners: Owners,
  target?: Uint8Array,
  facts?: WindowsFacts,
): Stat {
  const { mtime, ctime, birthTime, uid, gid, inode } = seen;
  const stat: Stat = {
    type,
    size: type === 'file' ? seen.size : 0,
    mtime,
    ctime,
    birthTime,
    mode: seen.mode & PERMISSION_BITS,
    uid,
    gid,
    user: owners.users.get(uid),
    group: owners.groups.get(gid),
    inode,
    target,
    ...windowsFields(facts, type === 'symlink'),
  };
  if (type === 'file' && seen.links > 1) addLinks(stat, seen);
  if (type === 'character' || type === 'block') stat.deviceNumber = deviceNumber(seen.rawDevice);
  return stat;
}

/** A stat that `node:fs` alone made, with what Windows said of the same file before. */
export function withWindowsFields(stat: Stat, { attributes, reparseTag }: Stat): Stat {
  return { ...stat, attributes, reparseTag };
}

function addLinks(stat: Stat, { device, links }: SystemStat): void {
  stat.device = device;
  stat.links = links;
}

/** major × 2^20 + minor, of the number the C library makes of the two. */
export function deviceNumber(raw: number, system: NodeJS.Platform = platform()): number {
  if (system !== 'linux') return Math.floor(raw / 0x100_0000) * 0x10_0000 + (raw & 0xf_ffff);
  const high = Math.floor(raw / 0x1_0000_0000);
  const low = raw % 0x1_0000_0000;
  const major = ((low >>> 8) & 0xfff) | (high & ~0xfff);
  const minor = (low & 0xff) | ((low >>> 12) & 0xfff00);
  return major * 0x10_0000 + minor;
}
