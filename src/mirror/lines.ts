import type { Stat } from '../model/entry.ts';
import type { Found } from './found.ts';
import type { Step } from './judge.ts';
import type { RecordEntry } from './record.ts';
import type { Version } from './source.ts';
import { distance } from './times.ts';

/*
 * What a record says of a path when its step is done.
 */

/** Of what was found at the source. @param heldBy the increment that has this version, of a tracked file */
export function lineOf(
  { path, tracked, operation }: Step,
  stat: Stat,
  heldBy: string | undefined,
): RecordEntry {
  const { size, mtime, ctime, mode, target } = stat;
  return {
    path,
    type: stat.type as RecordEntry['type'],
    size,
    mtime,
    ctime,
    mode,
    operation,
    tracked,
    ...(target && { target }),
    ...(tracked && stat.type !== 'directory' && heldBy !== undefined && { heldBy }),
  };
}

/** Of a file that was read. */
export function versionLine(step: Step, version: Version, heldBy: string | undefined): RecordEntry {
  const { size, mtime, ctime, mode, recent } = version;
  const line = lineOf(step, { ...(step.source as Found).stat, size, mtime, ctime, mode }, heldBy);
  return recent ? { ...line, recent } : line;
}

/** Of what stays as the last record has it; nothing if that has nothing. */
export function lastLine({ last }: Step): RecordEntry | undefined {
  return last && { ...last, operation: 'same' };
}

/** Of what vanished: its last version. */
export function deletedLine({ path, tracked, last, mirror }: Step): RecordEntry | undefined {
  if (last) {
    const { heldBy: _, ...facts } = last;
    return { ...facts, tracked, operation: 'deleted' };
  }
  const stat = mirror?.stat;
  if (!stat || !['file', 'directory', 'symlink'].includes(stat.type)) return undefined;
  return lineOf({ path, tracked, operation: 'deleted' } as Step, stat, undefined);
}

const RECENT = 2_000_000_000;

/** Whether a copy that an earlier run made is about as old as the last change of its source: see `RecordEntry.recent`. */
export function isRecentCopy({ source, mirror }: Step): boolean {
  return (
    source !== undefined && mirror !== undefined && distance(mirror.stat.ctime, source.stat.ctime) < RECENT
  );
}
