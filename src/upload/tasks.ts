import type { CutSizes } from '../chunk/cut.ts';
import { readEntry, writeEntry } from '../model/entry.ts';
import { sizeOf } from '../model/tally.ts';
import { Reader, type Writer } from '../model/wire.ts';
import type { Table } from '../pack/table.ts';
import type { ReadFailure } from '../read/failure.ts';
import type { Verdict } from '../repository/known-chunks.ts';
import type { WriteKeys } from '../seal/keys.ts';
import type { AttachedResult } from './attached.ts';

/*
 * What travels between the push and its lanes. Everything here can be posted to a thread.
 */

export interface LaneSettings {
  write: WriteKeys;
  sizes: CutSizes;
  /** zstd's level. */
  level: number;
  /** A pack is ended once it has this many bytes. */
  packBytes: number;
  /** A file is read in pieces of so many bytes, so that a range which is locked fails late, not at once. */
  readSize: number;
}

/** A file to read; or a directory, of which only what is attached to it is read. */
export interface FileToRead {
  /** Native path as bytes. */
  path: Uint8Array;
  /** What the scan saw. */
  stat: Uint8Array;
  /** Bytes, by the scan. */
  size: number;
  /** There is a previous version: unknown chunks are cut finer. */
  edited: boolean;
}

const EDITED = Uint8Array.of(1);
const NOT_EDITED = new Uint8Array(0);

/** Appends a file to those of a task: an entry, whose path is native. */
export function writeFile(writer: Writer, { path, stat, edited }: FileToRead): void {
  writeEntry(writer, path, stat, edited ? EDITED : NOT_EDITED);
}

/** The files of a task, as views. */
export function filesOf(files: Uint8Array): FileToRead[] {
  const reader = new Reader(files, 'a task');
  const found: FileToRead[] = [];
  while (reader.remaining > 0) {
    const { path, stat, content } = readEntry(reader);
    found.push({ path, stat, size: sizeOf(stat), edited: content.length > 0 });
  }
  return found;
}

export type LaneTask =
  /** Small files, to be read whole, and what is attached to them: a string of `writeFile`. */
  | { kind: 'files'; files: Uint8Array }
  /** A stripe of a large file. */
  | { kind: 'stripe'; file: FileToRead; index: number; last: boolean }
  /** What is attached to a large file. */
  | { kind: 'attached'; path: Uint8Array }
  /** Chunks that are cut already (standard input): where each ends in the bytes. */
  | { kind: 'chunks'; bytes: Uint8Array; ends: number[]; edited: boolean };

/** What became of a file, or of a stripe of one. */
export type ReadResult =
  | ({
      kind: 'read';
      /** Encoded list items. */
      items: Uint8Array;
      count: number;
      /** Bytes that were read. */
      bytes: number;
      /** What the file was when it was read, if that is not what the scan saw. */
      stat?: Uint8Array;
      /** It kept changing while it was read. */
      changed: boolean;
    } & Partial<AttachedResult>)
  | ReadFailure;

/** Chunks about to be stored, and what is asked of them: bit 0 refinable, bit 1 divisible. */
export interface Question {
  ids: Uint8Array;
  flags: Uint8Array;
}

export const question = { refinable: 1, divisible: 2 } as const;

/** What a lane asks of the push. */
export interface LanePort {
  ask(question: Question): Promise<Verdict[]>;
  /** A pack begins; its pieces follow. */
  packBegins(pack: Uint8Array): void;
  /** Resolves when more may be sent. */
  piece(pack: Uint8Array, bytes: Uint8Array): Promise<void>;
  packEnds(pack: Uint8Array, table: Table): void;
  /** The parts of a chunk that is stored whole, or (no parts) that it was stored in parts. */
  refined(whole: Uint8Array, partIds: Uint8Array, partLengths: Uint32Array): void;
}
