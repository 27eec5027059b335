import { Writer } from '../model/wire.ts';
import type { Failure } from './failures.ts';
import { fileFlags, PIECE, type TaskFiles, type TaskPieces } from './tasks.ts';

/** A file that is being restored. */
export interface FileWork {
  path: Uint8Array;
  stat: Uint8Array;
  /** Bytes it will have. */
  length: number;
  /** Bits of `fileFlags`. */
  flags: number;
  /** More pieces may come. */
  open: boolean;
  /** Windows it has pieces in that are not done. */
  windows: number;
  /** Pieces that came so far, and how many of them are holes. */
  pieces: number;
  holes: number;
  failure?: Failure;
}

/** A piece of a file; without an id, a hole. */
export interface Piece {
  file: FileWork;
  position: number;
  length: number;
  id?: Uint8Array;
}

/** A piece with a chunk in the repository. */
export type ChunkPiece = Piece & { id: Uint8Array };

export function isChunk(piece: Piece): piece is ChunkPiece {
  return piece.id !== undefined;
}

/** Files and pieces that are planned and fetched together. */
export class Batch {
  readonly files: FileWork[] = [];
  readonly pieces: Piece[] = [];
  bytes = 0;

  /** A file that goes on from an earlier window is one of this, too. */
  addFile(file: FileWork): void {
    if (this.files.at(-1) === file) return;
    this.files.push(file);
    file.windows++;
  }

  addPiece(piece: Piece): void {
    this.addFile(piece.file);
    this.pieces.push(piece);
    piece.file.pieces++;
    if (piece.id) this.bytes += piece.length;
    else piece.file.holes++;
  }
}

/** Files as they travel to a lane. */
export function taskFiles(files: FileWork[], flagsOf = ({ flags }: FileWork) => flags): TaskFiles {
  const writer = new Writer(files.length * 160);
  const flags = new Uint8Array(files.length);
  const lengths = new Float64Array(files.length);
  files.forEach((file, number) => {
    writer.prefixed(file.path).prefixed(file.stat);
    flags[number] = flagsOf(file);
    lengths[number] = file.length;
  });
  return { named: writer.take(), flags, lengths };
}

/** A piece, and where it lies in its decoded block, if it is to come out of one. */
export interface PlacedPiece {
  piece: Piece;
  place?: { offset: number };
}

/** Pieces as they travel to a lane, with the files they belong to; those of one file follow one another. */
export function taskPieces(
  pieces: PlacedPiece[],
  flagsOf?: (file: FileWork) => number,
): { files: FileWork[]; task: { files: TaskFiles } & TaskPieces } {
  const files: FileWork[] = [];
  const numbers = new Map<FileWork, number>();
  const rows = new Float64Array(pieces.length * PIECE);
  const ids = new Uint8Array(pieces.length * 32);
  pieces.forEach(({ piece: { file, position, length, id }, place }, at) => {
    const number = numbers.get(file) ?? files.push(file) - 1;
    numbers.set(file, number);
    rows[at * PIECE] = number;
    rows[at * PIECE + 1] = position;
    rows[at * PIECE + 2] = length;
    rows[at * PIECE + 3] = place?.offset ?? 0;
    if (id) ids.set(id, at * 32);
  });
  return { files, task: { files: taskFiles(files, flagsOf), pieces: rows, ids } };
}

/** Whether all of a file's data are one chunk, so that a lane can write and finish it at once. */
export function isWhole({ open, pieces, holes, flags }: FileWork): boolean {
  return !open && pieces === 1 && holes === 0 && (flags & (fileFlags.begun | fileFlags.existing)) === 0;
}
