import { createHash, hash } from 'node:crypto';
import { chunkIdWith } from '../chunk/id.ts';
import type { ListItem } from '../model/entry.ts';
import { equalBytes } from '../model/ids.ts';
import { isZero } from '../model/zero.ts';
import { failureOf } from '../read/failure.ts';
import { DEFAULT_READ_SIZE, openShared, type SourceFile } from '../read/shared.ts';

/*
 * Reads files for their fingerprints, and compares them with the chunks of a snapshot as they pass: nothing is fetched.
 */

/** Plain data: it goes to threads. */
export interface HashTask {
  files: HashedFile[];
  /** Makes ids of chunks; only where files have items. */
  idKey?: Uint8Array;
}

export interface HashedFile {
  path: string | Uint8Array;
  /** What a snapshot says the file is made of. */
  items?: ListItem[];
}

export type HashResult =
  | { sha256: string; size: number; same?: boolean }
  | { failed: { message: string; code: string } };

const PIECE = 1024 * 1024;
/** For what is hashed as it passes. Made once: it is larger than most files. */
const passing = new Uint8Array(PIECE);

export function hashFiles({ files, idKey }: HashTask): HashResult[] {
  const chunkId = idKey && chunkIdWith(idKey);
  return files.map((file) => {
    try {
      return hashFile(file, chunkId);
    } catch (error) {
      const { message, code } = failureOf(error);
      return { failed: { message, code } };
    }
  });
}

function hashFile({ path, items }: HashedFile, chunkId?: (chunk: Uint8Array) => Uint8Array): HashResult {
  const file = openShared(typeof path === 'string' ? path : Buffer.from(path), DEFAULT_READ_SIZE);
  try {
    const size = Number(file.stats().size);
    if (items && chunkId) return hashByItems(file, size, items, chunkId);
    return size <= PIECE ? hashAtOnce(file, size) : hashInPieces(file);
  } finally {
    file.close();
  }
}

/** Most files are small: one call costs less than a context. */
function hashAtOnce(file: SourceFile, expected: number): HashResult {
  const bytes = new Uint8Array(expected);
  const size = file.read(bytes, 0);
  return { sha256: hash('sha256', bytes.subarray(0, size), 'hex'), size };
}

function hashInPieces(file: SourceFile): HashResult {
  const sha = createHash('sha256');
  const size = readOn(file, 0, (piece) => sha.update(piece));
  return { sha256: sha.digest('hex'), size };
}

/** @returns where the file ends */
function readOn(file: SourceFile, from: number, take: (piece: Uint8Array) => void): number {
  for (let at = from; ; ) {
    const got = file.read(passing, at);
    if (got === 0) return at;
    take(passing.subarray(0, got));
    at += got;
  }
}

function hashByItems(
  file: SourceFile,
  expected: number,
  items: ListItem[],
  chunkId: (chunk: Uint8Array) => Uint8Array,
): HashResult {
  const sha = createHash('sha256');
  let same = items.reduce((sum, { length }) => sum + length, 0) === expected;
  let at = 0;
  for (const piece of same ? piecesOf(items) : []) {
    const bytes = new Uint8Array(piece.length);
    const got = file.read(bytes, at);
    sha.update(bytes.subarray(0, got));
    at += got;
    same &&= got === piece.length && (piece.id ? equalBytes(chunkId(bytes), piece.id) : isZero(bytes));
    if (got < piece.length) break;
  }
  const size = readOn(file, at, (piece) => sha.update(piece));
  return { sha256: sha.digest('hex'), size, same: same && size === expected };
}

/** Holes may be longer than memory. */
function* piecesOf(items: ListItem[]): Generator<ListItem> {
  for (const item of items) {
    if (item.id) yield item;
    else for (let left = item.length; left > 0; left -= PIECE) yield { length: Math.min(left, PIECE) };
  }
}
