import {
  type Content,
  decodeContent,
  decodeStat,
  type EntryType,
  marks,
  type RawEntry,
} from './model/entry.ts';
import { displayPath } from './model/path.ts';
import type { RunCursor } from './model/run.ts';
import { toDate } from './model/time.ts';
import { attributeBits } from './native/classify.ts';

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
  /** On Windows, and only where there are any: `readonly`, `hidden`, `system`, `archive`, … */
  attributes?: string[];
  /** Names of alternate streams, where there are any. */
  streams?: string[];
  /** Who may do what, where that is kept as SDDL. */
  securityDescriptor?: string;
  /** What is special about it: `racy`, `changed-while-reading`, `carried-over`, `untracked`. */
  marks: string[];
}

/** Describes an entry that is there. @throws `damaged`, `newer-format` */
export function entryInfo(raw: RawEntry): EntryInfo {
  const stat = decodeStat(raw.stat);
  const content = decodeContent(raw.content);
  const { streams, securityDescriptor } = content;
  const attributes = namesOfAttributes(stat.attributes ?? 0);
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
    ...(attributes.length > 0 && { attributes }),
    ...(streams && { streams: streams.map(({ name }) => displayPath(Buffer.from(name))) }),
    ...(securityDescriptor !== undefined && { securityDescriptor }),
    marks: namesOfMarks(content),
  };
}

const attributeNames: [bit: number, name: string][] = [
  [attributeBits.readOnly, 'readonly'],
  [attributeBits.hidden, 'hidden'],
  [attributeBits.system, 'system'],
  [attributeBits.archive, 'archive'],
  [attributeBits.temporary, 'temporary'],
  [attributeBits.sparse, 'sparse'],
  [attributeBits.compressed, 'compressed'],
  [attributeBits.notIndexed, 'not-indexed'],
  [attributeBits.encrypted, 'encrypted'],
];

function namesOfAttributes(bits: number): string[] {
  return attributeNames.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
}

function namesOfMarks({ marks: bits, tracked }: Content): string[] {
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
