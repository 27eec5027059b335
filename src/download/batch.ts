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
export function taskFiles(files: FileWork[], flag = 0): TaskFiles {
  const writer = new Writer(files.length * 160);
  for (const { path, stat } of files) writer.prefixed(path).prefixed(stat);
  return {
    named: writer.take(),
    flags: Uint8Array.from(files, (file) => file.flags | flag),
    lengths: Float64Array.from(files, (file) => file.length),
  };
}

/** Pieces as they travel to a lane, with the files they belong to; those of one file follow one another. */
export function taskPieces(
  pieces: { piece: Piece; offset: number }[],
  flag?: (file: FileWork) => number,
): { files: FileWork[]; task: { files: TaskFiles } & TaskPieces } {
  const numbers = new Map<FileWork, number>();
  const rows = new Float64Array(pieces.length * PIECE);
  const ids = new Uint8Array(pieces.length * 32);
  pieces.forEach(({ piece, offset }, at) => {
    const number = numbers.get(piece.file) ?? numbers.size;
    numbers.set(piece.file, number);
    rows[at * PIECE] = number;
    rows[at * PIECE + 1] = piece.position;
    rows[at * PIECE + 2] = piece.length;
    rows[at * PIECE + 3] = offset;
    if (piece.id) ids.set(piece.id, at * 32);
  });
  const files = [...numbers.keys()];
  const encoded = taskFiles(files);
  if (flag) encoded.flags = Uint8Array.from(files, (file) => file.flags | flag(file));
  return { files, task: { files: encoded, pieces: rows, ids } };
}

/** Whether all of a file's data are one chunk, so that a lane can write and finish it at once. */
export function isWhole({ open, pieces, holes, flags }: FileWork): boolean {
  return !open && pieces === 1 && holes === 0 && (flags & (fileFlags.begun | fileFlags.existing)) === 0;
}
