import { decodeStat, type Stat } from '../model/entry.ts';
import { Reader } from '../model/wire.ts';
import type { NativePath } from '../scan/disk.ts';
import { type Failure, failureOf } from './failures.ts';
import { draftOf, placeOf, type Target } from './target.ts';
import { fileFlags, type LaneTask, PIECE, type TaskPieces } from './tasks.ts';

/*
 * The files of a task, as a lane works on them.
 */

/** A file of a task. */
export interface TaskFile {
  place: NativePath;
  draft: NativePath;
  stat: Stat;
  flags: number;
  length: number;
  /** Rows of the task; of `write`, see `piecesByFile`. */
  pieces: number[];
  failure?: Failure;
}

/** Where each file goes, and what is known of it. */
export function filesOf(task: LaneTask, target: Target): TaskFile[] {
  const { named, flags, lengths } = task.files;
  const reader = new Reader(named, 'a task');
  const files: TaskFile[] = [];
  for (let number = 0; number < lengths.length; number++) {
    const place = placeOf(target, reader.prefixed(), false);
    const { stat = NO_STAT, failure } = decoded(reader.prefixed());
    const file = { place, draft: draftOf(place), stat, pieces: [], ...(failure && { failure }) };
    files.push({ ...file, flags: flags[number] as number, length: lengths[number] as number });
  }
  if (task.kind !== 'reuse' && task.kind !== 'check') return files;
  for (let at = 0; at * PIECE < task.pieces.length; at++) {
    files[task.pieces[at * PIECE] as number]?.pieces.push(at);
  }
  return files;
}

const NO_TIME = { seconds: 0, nanos: 0 };
const NO_STAT: Stat = { type: 'file', size: 0, mtime: NO_TIME, ctime: NO_TIME, mode: 0, uid: 0, gid: 0 };

/** An entry that cannot be decoded is one file that fails. */
function decoded(stat: Uint8Array): { stat?: Stat; failure?: Failure } {
  try {
    return { stat: decodeStat(stat) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

/** The pieces of one block, which are `count` rows from `first` on. */
export function piecesByFile(
  { pieces }: TaskPieces,
  files: TaskFile[],
  first: number,
  count: number,
): Map<TaskFile, number[]> {
  const byFile = new Map<TaskFile, number[]>();
  for (let at = first; at < first + count; at++) {
    const file = files[pieces[at * PIECE] as number] as TaskFile;
    const others = byFile.get(file);
    if (others) others.push(at);
    else byFile.set(file, [at]);
  }
  return byFile;
}

export function has({ flags }: TaskFile, flag: keyof typeof fileFlags): boolean {
  return (flags & fileFlags[flag]) !== 0;
}

/** Flags with what `reusePieces` found out. */
export function withState(flags: number, { begun, leftover }: { begun: boolean; leftover: boolean }): number {
  return flags | (begun ? fileFlags.begun : 0) | (leftover ? fileFlags.leftover : 0);
}
