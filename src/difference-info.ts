import { type EntryInfo, entryInfo } from './entry-info.ts';
import {
  type Content,
  decodeContent,
  decodeStat,
  encodeAttached,
  type RawEntry,
  type Stat,
} from './model/entry.ts';
import { equalBytes } from './model/ids.ts';
import { displayPath } from './model/path.ts';
import { sameTime } from './model/time.ts';
import { Writer } from './model/wire.ts';
import { attributeBits } from './native/classify.ts';

/** A path that differs between two snapshots, or a snapshot and the disk. */
export interface DiffInfo {
  path: string;
  change: 'new' | 'changed' | 'deleted';
  /**
   * What changed: `type`, `size`, `data`, `mtime`, `mode`, `owner`, `target`; on Windows also `attributes`, `access` and
   * `streams`, the last two between snapshots only; `ctime` when nothing else shows.
   */
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
  const what = before && after ? whatChanged(before, after, data) : [];
  if (before && after && what.length === 0) return undefined;
  return {
    path: displayPath(raw.path),
    change: before && after ? 'changed' : after ? 'new' : 'deleted',
    what,
    ...(before && { before: entryInfo(before) }),
    ...(after && { after: entryInfo(after) }),
  };
}

function whatChanged(before: RawEntry, after: RawEntry, data: boolean): string[] {
  const [a, b] = [decodeStat(before.stat), decodeStat(after.stat)];
  const what: string[] = [];
  if (a.type !== b.type) what.push('type');
  if (a.size !== b.size) what.push('size');
  if (data) what.push('data');
  if (!sameTime(a.mtime, b.mtime)) what.push('mtime');
  if (a.mode !== b.mode) what.push('mode');
  if (a.uid !== b.uid || a.gid !== b.gid) what.push('owner');
  if (displayPath(a.target ?? new Uint8Array(0)) !== displayPath(b.target ?? new Uint8Array(0)))
    what.push('target');
  if (hasOtherAttributes(a, b)) what.push('attributes');
  what.push(...whatAttachedChanged(before.content, after.content));
  if (what.length === 0 && !sameTime(a.ctime, b.ctime)) what.push('ctime');
  return what;
}

/** The archive bit only says that a file was written to. */
function hasOtherAttributes({ attributes: a }: Stat, { attributes: b }: Stat): boolean {
  return a !== undefined && b !== undefined && ((a ^ b) & ~attributeBits.archive) !== 0;
}

/** Of what is on disk, the content is not known: there it is empty. */
function whatAttachedChanged(before: Uint8Array, after: Uint8Array): string[] {
  if (before.length === 0 || after.length === 0) return [];
  const [a, b] = [decodeContent(before), decodeContent(after)];
  const what: string[] = [];
  if (a.securityDescriptor !== b.securityDescriptor) what.push('access');
  if (!equalBytes(streamBytes(a), streamBytes(b))) what.push('streams');
  return what;
}

function streamBytes({ streams }: Content): Uint8Array {
  const writer = new Writer(64);
  if (streams) encodeAttached(writer, { streams });
  return writer.bytes();
}
