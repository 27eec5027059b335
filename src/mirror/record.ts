import { BmcloudError } from '../errors.ts';
import type { EntryType } from '../model/entry.ts';
import { checkPath } from '../model/path.ts';
import type { Timestamp } from '../model/wire.ts';
import { parsePath, pathText } from './paths.ts';
import { parseTime, timeText } from './times.ts';

/*
 * The record of an increment (`backup_….json`, docs/mirror.md): JSON that any program reads whole, with one line for each path, so
 * that this one reads and writes it line by line, in the order of paths.
 */

export type Operation = 'new' | 'changed' | 'deleted' | 'same';

/** What a record says of a path in the mirror. */
export interface RecordEntry {
  path: Uint8Array;
  type: Extract<EntryType, 'file' | 'directory' | 'symlink'>;
  /** Files only, else 0. */
  size: number;
  mtime: Timestamp;
  /** Of the source: tells when a file may have changed under its old time. */
  ctime: Timestamp;
  mode: number;
  operation: Operation;
  /** Every version of it is kept. */
  tracked: boolean;
  /** Symbolic links only. */
  target?: Uint8Array;
  /** The increment that has this version in `track`; absent in an untracked one, and in a deleted one. */
  heldBy?: string;
  /** It changed so shortly before it was copied that it may have changed again without a trace. */
  recent?: boolean;
}

/** What stands before the paths. */
export interface RecordHeader {
  program: 'bmcloud mirror';
  format: 1;
  /** Orders the increments of a mirror. */
  number: number;
  /** The moment that the mirror shows; as ISO text, UTC. */
  time: string;
  sources: { name: string; path: string }[];
  platform: 'posix' | 'windows';
  /** The snapshot it was taken from; absent: from disk. */
  snapshot?: string;
}

/** Files and symbolic links; bytes are of files. */
export interface MirrorStatistics {
  files: number;
  directories: number;
  bytes: number;
  tracked: number;
  /** Kept in `deleted` of all increments, this one included. */
  deletedKept: number;
  /** In this increment. */
  new: number;
  changed: number;
  deleted: number;
}

export const noStatistics: MirrorStatistics = {
  files: 0,
  directories: 0,
  bytes: 0,
  tracked: 0,
  deletedKept: 0,
  new: 0,
  changed: 0,
  deleted: 0,
};

/** What stands behind the paths. */
export interface RecordTrailer {
  statistics: MirrorStatistics;
  skipped: { path: string; reason: string; code: string }[];
  start: string;
  end: string;
}

export const INCREMENT = /^backup_\d{8}_\d{6}$/;

/** A line of a record, without what separates it from the next. @param own the name of the increment */
export function entryLine(entry: RecordEntry, own: string): string {
  const { path, type, size, mtime, ctime, mode, operation, tracked, target, heldBy, recent } = entry;
  return JSON.stringify({
    path: pathText(path),
    operation,
    type,
    ...(type === 'file' && { size }),
    mtime: timeText(mtime),
    ctime: timeText(ctime),
    mode: mode.toString(8),
    tracked,
    ...(target && { target: pathText(target) }),
    ...(heldBy !== undefined && heldBy !== own && { in: heldBy }),
    ...(recent && { recent }),
  });
}

/** @param own the increment whose record it is @throws `damaged` */
export function parseEntry(line: string, own: string, file: string): RecordEntry {
  try {
    return checked(JSON.parse(line) as Record<string, unknown>, own);
  } catch (error) {
    throw new BmcloudError('damaged', `${file} is damaged: ${line.slice(0, 100)}`, { cause: error });
  }
}

const TYPES = ['file', 'directory', 'symlink'];
const OPERATIONS = ['new', 'changed', 'deleted', 'same'];

function checked(value: Record<string, unknown>, own: string): RecordEntry {
  const { type, size = 0, operation, tracked, target, recent } = value;
  const path = parsePath(value.path as string);
  checkPath(path, 'a record');
  const entry = {
    path,
    type,
    size,
    mtime: parseTime(value.mtime),
    ctime: parseTime(value.ctime),
    mode: Number.parseInt(value.mode as string, 8),
    operation,
    tracked,
    ...(typeof target === 'string' && { target: parsePath(target) }),
    ...(recent === true && { recent }),
    ...holder(value, own),
  };
  const right =
    TYPES.includes(type as string) &&
    OPERATIONS.includes(operation as string) &&
    Number.isSafeInteger(size) &&
    Number.isInteger(entry.mode) &&
    typeof tracked === 'boolean' &&
    (type === 'symlink') === (entry.target !== undefined);
  if (!right || !entry.mtime || !entry.ctime) throw new Error('a field is missing or wrong');
  return entry as RecordEntry;
}

function holder(value: Record<string, unknown>, own: string): { heldBy?: string } {
  const { tracked, operation, type } = value;
  if (tracked !== true || type === 'directory' || operation === 'deleted') return {};
  if (value.in === undefined) return { heldBy: own };
  if (typeof value.in === 'string' && INCREMENT.test(value.in)) return { heldBy: value.in };
  throw new Error('it names an increment that cannot be');
}
