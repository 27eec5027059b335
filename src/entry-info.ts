import { decodeContent, decodeStat, type EntryType, marks, type RawEntry } from './model/entry.ts';
import { displayPath } from './model/path.ts';
import type { RunCursor } from './model/run.ts';
import { toDate } from './model/time.ts';

/** An entry of a snapshot, for people and programs. */
export interface EntryInfo {
  /** As displayed, with the source's name first. */
  path: string;
  source: string;
  type: EntryType;
  /** Bytes; files only, else 0. */
  size: number;
  mtime: Date;
  mode: number;
  uid: number;
  gid: number;
  user?: string;
  group?: string;
  /** Of a symbolic link, as displayed. */
  target?: string;
  /** What is special about it: `racy`, `changed-while-reading`, `carried-over`, `untracked`. */
  marks: string[];
}

/** Describes an entry that is there. @throws `damaged`, `newer-format` */
export function entryInfo(raw: RawEntry): EntryInfo {
  const stat = decodeStat(raw.stat);
  const path = displayPath(raw.path);
  return {
    path,
    source: path.split('/', 1)[0] as string,
    type: stat.type,
    size: stat.size,
    mtime: toDate(stat.mtime),
    mode: stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    ...(stat.user !== undefined && { user: stat.user }),
    ...(stat.group !== undefined && { group: stat.group }),
    ...(stat.target && { target: displayPath(stat.target) }),
    marks: namesOfMarks(raw.content),
  };
}

function namesOfMarks(content: Uint8Array): string[] {
  const { marks: bits, tracked } = decodeContent(content);
  const names: string[] = [];
  if (bits & marks.racy) names.push('racy');
  if (bits & marks.changedWhileReading) names.push('changed-while-reading');
  if (bits & marks.carriedOver) names.push('carried-over');
  if (!tracked) names.push('untracked');
  return names;
}

/** The entry a cursor stands on, as views. */
export function rawEntry(cursor: RunCursor): RawEntry {
  return { path: cursor.path(), stat: cursor.stat(), content: cursor.content() };
}
