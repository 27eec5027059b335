import type { AttributeSettings } from './attributes.ts';
import type { Failure } from './failures.ts';
import type { Lost } from './outcome.ts';
import type { Target } from './target.ts';

/*
 * What travels between a restore and its lanes. Everything here can be posted to a thread: files are bytes, chunks are rows
 * of numbers, because a message holds hundreds of them.
 */

export interface LaneSettings extends AttributeSettings {
  target: Target;
}

/** What is known of a file. */
export const fileFlags = {
  /** All of its data come with this task: it is written and finished in one go. */
  whole: 1,
  /** Its draft is begun, and holds all data up to here. */
  begun: 2,
  /** The draft is of an earlier run: what it holds beyond was checked by nobody. */
  leftover: 4,
  /** There is a file in its place, whose data may be right. */
  existing: 8,
} as const;

export interface TaskFiles {
  /** Of each file: path and stat, each with its length before it. */
  named: Uint8Array;
  /** Of each file: bits of `fileFlags`. */
  flags: Uint8Array;
  /** Of each file: bytes. */
  lengths: Float64Array;
}

/** Numbers to a row of `pieces`: see `piece` below. */
export const PIECE = 4;

export interface TaskPieces {
  /** Rows of `file` (its number in the task), `position` in it, `length`, and `offset` in the decoded block. */
  pieces: Float64Array;
  /** 32 bytes for each row; zeros for a hole. */
  ids: Uint8Array;
}

/** A block, and what of it goes to which files. */
export interface TaskBlock extends TaskPieces {
  /** Of its nonce. */
  counter: number;
  /** In the range that came. */
  start: number;
  end: number;
  files: TaskFiles;
}

export type LaneTask =
  /** Open blocks, and write chunks of them to files. */
  | {
      kind: 'write';
      /** Of the pack, for messages. */
      pack: string;
      packKey: Uint8Array;
      /** Of the domain: turns a chunk into its id. */
      idKey: Uint8Array;
      /** A range of the pack, and the blocks in it. */
      sealed: Uint8Array;
      blocks: TaskBlock[];
    }
  /** Look which chunks the files that are there already have, and take them over. */
  | ({ kind: 'reuse'; idKey: Uint8Array; files: TaskFiles } & TaskPieces)
  /** Look whether files hold what they should. */
  | ({ kind: 'check'; idKey: Uint8Array; files: TaskFiles } & TaskPieces)
  /** All data are there: length, attributes, name. */
  | { kind: 'finish'; files: TaskFiles }
  /** Remove drafts of files that failed. */
  | { kind: 'discard'; files: TaskFiles };

export interface LaneResult {
  /** By number in the task; of `write`, those of its blocks one after the other. */
  failed: ({ file: number } & Failure)[];
  /** Of `reuse` and `check`: for each piece, 1 if it is there. */
  have?: Uint8Array;
  /** Of `reuse`: the flags of each file from now on. */
  flags?: Uint8Array;
  /** Of `finish`: for each file, 1 if the one that was there had the right data. */
  same?: Uint8Array;
  /** What attributes the system refused to set. */
  lost: Lost[];
}
