import { equalBytes, toHex } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import type { ChunkId, Expected } from './reuse.ts';
import { PIECE, type TaskPieces } from './tasks.ts';

/*
 * The pieces of a task, as a lane reads them: by their row.
 */

/** What pieces of a block are checked with. */
export interface PieceCheck {
  chunkId: ChunkId;
  /** For messages. */
  pack: string;
  /** By offset in the block: the row that was checked last. */
  checked: Map<number, number>;
}

/** Several files may want the same chunk: it is checked once. @throws `damaged` */
export function checkPiece(
  task: TaskPieces,
  block: Uint8Array,
  at: number,
  { chunkId, pack, checked }: PieceCheck,
): void {
  const offset = task.pieces[at * PIECE + 3] as number;
  const id = idOf(task, at);
  const length = lengthOf(task, at);
  const before = checked.get(offset);
  if (before !== undefined && lengthOf(task, before) === length && equalBytes(idOf(task, before), id)) return;
  const bytes = bytesOf(task, block, at);
  if (bytes.length !== length || !equalBytes(chunkId(bytes), id)) {
    throw damaged(pack, `chunk ${toHex(id).slice(0, 16)} is not what its id says`);
  }
  checked.set(offset, at);
}

/** A piece's bytes in its decoded block. */
export function bytesOf(task: TaskPieces, block: Uint8Array, at: number): Uint8Array {
  const offset = task.pieces[at * PIECE + 3] as number;
  return block.subarray(offset, offset + lengthOf(task, at));
}

const HOLE = new Uint8Array(32);

export function expected(task: TaskPieces, at: number): Expected {
  const id = idOf(task, at);
  const position = task.pieces[at * PIECE + 1] as number;
  return { position, length: lengthOf(task, at), ...(!equalBytes(id, HOLE) && { id }) };
}

function lengthOf({ pieces }: TaskPieces, at: number): number {
  return pieces[at * PIECE + 2] as number;
}

function idOf({ ids }: TaskPieces, at: number): Uint8Array {
  return ids.subarray(at * 32, at * 32 + 32);
}
