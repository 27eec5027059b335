import { Reader } from '../model/wire.ts';
import type { NativePath } from '../scan/disk.ts';
import { type Failure, failureOf } from './failures.ts';
import type { FileStat, FileStats } from './file-stats.ts';
import type { Places } from './places.ts';
import { draftOf } from './target.ts';
import { fileFlags, PIECE, type TaskFiles, type TaskPieces } from './tasks.ts';

/*
 * The files of a task, as a lane works on them.
 */

/** A file of a task. */
export interface TaskFile {
  place: NativePath;
  /** That it lies in. */
  directory: NativePath;
  draft: NativePath;
  stat: FileStat;
  flags: number;
  length: number;
  /** Rows of the task. */
  pieces: number[];
  failure?: Failure;
}

/** What finds out where files go, and what their stats say. */
export interface FileReading {
  places: Places;
  stats: FileStats;
}

/** Where each file goes, what is known of it, and what it gets. */
export function filesOf(
  { files: { named, flags, lengths }, pieces }: { files: TaskFiles } & Partial<TaskPieces>,
  { places, stats }: FileReading,
): TaskFile[] {
  const reader = new Reader(named, 'a task');
  const files: TaskFile[] = [];
  for (let number = 0; number < lengths.length; number++) {
    const { place, directory } = places.of(reader.prefixed());
    const { stat = NO_STAT, failure } = decoded(stats, reader.prefixed());
    files.push({
      place,
      directory,
      draft: draftOf(place),
      stat,
      flags: flags[number] as number,
      length: lengths[number] as number,
      pieces: [],
      ...(failure && { failure }),
    });
  }
  if (!pieces) return files;
  for (let at = 0; at * PIECE < pieces.length; at++) files[pieces[at * PIECE] as number]?.pieces.push(at);
  return files;
}

const NO_STAT: FileStat = { mtime: { seconds: 0, nanos: 0 }, mode: 0, uid: 0, gid: 0 };

/** An entry that cannot be decoded is one file that fails. */
function decoded(stats: FileStats, stat: Uint8Array): { stat?: FileStat; failure?: Failure } {
  try {
    return { stat: stats.decode(stat) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

export function has({ flags }: TaskFile, flag: keyof typeof fileFlags): boolean {
  return (flags & fileFlags[flag]) !== 0;
}

/** Flags with what `reusePieces` found out. */
export function withState(flags: number, { begun, leftover }: { begun: boolean; leftover: boolean }): number {
  return flags | (begun ? fileFlags.begun : 0) | (leftover ? fileFlags.leftover : 0);
}
