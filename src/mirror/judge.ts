import type { Stat } from '../model/entry.ts';
import { equalBytes } from '../model/ids.ts';
import { sameTime } from '../model/time.ts';
import type { Timestamp } from '../model/wire.ts';
import type { Known } from './align.ts';
import type { Operation, RecordEntry } from './record.ts';
import { distance, FINE } from './times.ts';

/** What is to be done about a path. */
export type Act =
  /** The mirror has it as it is. */
  | 'keep'
  /** It may have changed under its old size and time: read it and compare. */
  | 'compare'
  | 'copy'
  | 'link'
  | 'folder'
  /** It vanished from the source, and the mirror still has it. */
  | 'drop'
  /** Both have lost it since the last record. */
  | 'gone'
  /** Nothing can be said of the source now. */
  | 'unseen';

export interface Step extends Known {
  act: Act;
  /** Against the last record. */
  operation: Operation;
  tracked: boolean;
  /** The mirror's mode is another. */
  mend: boolean;
}

export interface Judging {
  /** Times in the mirror are as precise as this, in nanoseconds. */
  precision: number;
  /** Which bits of modes the mirror keeps. */
  modeBits: number;
  isUnseen: (entry: Uint8Array) => boolean;
  /** Sources lie elsewhere in the mirror from now on. */
  isMoving: boolean;
  /** By its entry. */
  isTracked: (known: Known) => boolean;
}

/** Pure: three accounts of a path become one step. */
export function judge(known: Known, judging: Judging): Step {
  const { last } = known;
  if (!known.source) return judgeAbsent(known, judging);
  const tracked = judging.isTracked(known);
  const mend = needsMode(known, judging);
  const step = (act: Act, operation = against(known, tracked)): Step => ({
    ...known,
    act,
    operation,
    tracked,
    mend,
  });
  switch (known.source.stat.type) {
    case 'directory':
      return step('folder');
    case 'symlink':
      return step(isSameLink(known) ? 'keep' : 'link');
    default:
      if (!isSameFile(known, judging.precision) || isBlurred(known, judging)) return step('copy');
      return last && mayHaveChanged(known.source.stat, last) ? step('compare') : step('keep');
  }
}

function judgeAbsent(known: Known, { isUnseen, isMoving, isTracked }: Judging): Step {
  const { mirror, last } = known;
  // What cannot be read in its new place is nowhere but in the old one: all that leaves that is kept.
  const tracked = isMoving || (last?.tracked ?? isTracked(known));
  const facts = { ...known, tracked, mend: false };
  if (isUnseen(known.path)) return { ...facts, act: 'unseen', operation: 'same' };
  return { ...facts, act: mirror ? 'drop' : 'gone', operation: 'deleted' };
}

/** How the source differs from the last record. */
function against({ source, last }: Known, tracked: boolean): Operation {
  if (!last) return 'new';
  const stat = source?.stat as Stat;
  if (last.type !== stat.type || (tracked && !last.tracked)) return 'changed';
  if (stat.type === 'directory') return 'same';
  if (stat.type === 'symlink') return isTarget(last.target, stat) ? 'same' : 'changed';
  return last.size === stat.size && sameTime(last.mtime, stat.mtime) ? 'same' : 'changed';
}

function isSameFile({ source, mirror }: Known, precision: number): boolean {
  return mirror?.stat.type === 'file' && isVersion(mirror.stat, source?.stat as Stat, precision);
}

/** Where times are cut off, a new version may look like the last: the record knows better. */
function isBlurred({ source, last }: Known, { precision }: Judging): boolean {
  if (precision <= FINE || last?.type !== 'file') return false;
  return !sameTime(last.mtime, source?.stat.mtime as Timestamp);
}

/** Whether a file in the folder is a version, by size and time. */
export function isVersion(
  there: { size: number; mtime: Timestamp },
  version: { size: number; mtime: Timestamp },
  precision: number,
): boolean {
  return there.size === version.size && distance(there.mtime, version.mtime) <= precision;
}

function isSameLink({ source, mirror }: Known): boolean {
  return mirror?.stat.type === 'symlink' && isTarget(mirror.stat.target, source?.stat as Stat);
}

function isTarget(target: Uint8Array | undefined, stat: Stat): boolean {
  return target !== undefined && stat.target !== undefined && equalBytes(target, stat.target);
}

/** Size and time are those of the last record: is there any other sign? */
function mayHaveChanged(stat: Stat, last: RecordEntry): boolean {
  if (last.size !== stat.size || !sameTime(last.mtime, stat.mtime)) return false;
  return last.recent === true || !sameTime(last.ctime, stat.ctime);
}

function needsMode({ source, mirror }: Known, { modeBits }: Judging): boolean {
  if (!source || !mirror || source.stat.type === 'symlink' || source.stat.type !== mirror.stat.type)
    return false;
  return ((mirrorMode(source.stat) ^ mirror.stat.mode) & modeBits) !== 0;
}

/** The mode of a copy: never more than permissions, and always readable to whom it belongs, for it is to be read again. */
export function mirrorMode({ type, mode }: Pick<Stat, 'type' | 'mode'>): number {
  return (mode & 0o777) | (type === 'directory' ? 0o700 : 0o400);
}

/** Whether a step leaves all as it is. */
export function isQuiet({ act, operation, mend, mirror }: Step): boolean {
  if (mend || operation !== 'same') return false;
  return act === 'keep' || act === 'unseen' || (act === 'folder' && mirror?.stat.type === 'directory');
}
