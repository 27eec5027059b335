import { type EntryInfo, entryInfo } from './entry-info.ts';
import { decodeStat, type RawEntry, type Stat } from './model/entry.ts';
import { displayPath } from './model/path.ts';
import type { Timestamp } from './model/wire.ts';

/** A path that differs between two snapshots, or a snapshot and the disk. */
export interface DiffInfo {
  path: string;
  change: 'new' | 'changed' | 'deleted';
  /** What changed: `type`, `size`, `data`, `mtime`, `mode`, `owner`, `target`; `ctime` when nothing else shows. */
  what: string[];
  before?: EntryInfo;
  after?: EntryInfo;
}

/** Describes a difference; undefined when the two are the same for all that people see. */
export function differenceInfo(
  before: RawEntry | undefined,
  after: RawEntry | undefined,
  data = false,
): DiffInfo | undefined {
  const raw = after ?? before;
  if (!raw) return undefined;
  const what = before && after ? whatChanged(decodeStat(before.stat), decodeStat(after.stat), data) : [];
  if (before && after && what.length === 0) return undefined;
  return {
    path: displayPath(raw.path),
    change: before && after ? 'changed' : after ? 'new' : 'deleted',
    what,
    ...(before && { before: entryInfo(before) }),
    ...(after && { after: entryInfo(after) }),
  };
}

function whatChanged(a: Stat, b: Stat, data: boolean): string[] {
  const what: string[] = [];
  if (a.type !== b.type) what.push('type');
  if (a.size !== b.size) what.push('size');
  if (data) what.push('data');
  if (!sameTime(a.mtime, b.mtime)) what.push('mtime');
  if (a.mode !== b.mode) what.push('mode');
  if (a.uid !== b.uid || a.gid !== b.gid) what.push('owner');
  if (displayPath(a.target ?? new Uint8Array(0)) !== displayPath(b.target ?? new Uint8Array(0)))
    what.push('target');
  if (what.length === 0 && !sameTime(a.ctime, b.ctime)) what.push('ctime');
  return what;
}

function sameTime(a: Timestamp, b: Timestamp): boolean {
  return a.seconds === b.seconds && a.nanos === b.nanos;
}
