// Trees as literals: what a restore must bring back, and the entries and chunks that describe it.
import { createHash } from 'node:crypto';
import { bytes, entry, type Field, type Item, item, list, record, time, u8, u64, varint } from './encode.ts';
import { chunkId, type DomainKeys } from './seal.ts';

/** A piece of a file: bytes, or the length of a hole. */
export type Piece = Buffer | number;

export interface Node {
  type: 'file' | 'directory' | 'link' | 'fifo';
  mode?: number;
  seconds?: number;
  pieces?: Piece[];
  target?: string;
  /** Names with equal numbers are one file. */
  hardLink?: number;
}

/** Paths (as latin1 text, one character a byte) to what lies there. */
export type Tree = Record<string, Node>;

const TYPES = ['', 'file', 'directory', 'link', 'fifo'];

export function modeOf({ mode, type }: Node): number {
  return mode ?? (type === 'directory' ? 0o755 : 0o640);
}

export function secondsOf({ seconds }: Node): number {
  return seconds ?? 1_700_000_000;
}

export function dataOf({ pieces = [] }: Node): Buffer {
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'number' ? Buffer.alloc(piece) : piece)));
}

/** The encoded `stat` of a node. */
export function statOf(node: Node): Buffer {
  const moment = time(secondsOf(node), 500_000_000);
  const fields: Field[] = [[1, u8(TYPES.indexOf(node.type))]];
  if (node.type === 'file') fields.push([2, varint(dataOf(node).length)]);
  fields.push([3, moment], [4, moment], [5, moment, false], [6, varint(modeOf(node))]);
  fields.push([7, varint(process.getuid?.() ?? 0)], [8, varint(process.getgid?.() ?? 0)]);
  fields.push([9, Buffer.from('näme'), false], [11, u64(node.hardLink ?? 2 ** 53), false]);
  if (node.hardLink) fields.push([12, u64(64), false], [13, varint(2), false]);
  if (node.target !== undefined) fields.push([15, Buffer.from(node.target)]);
  fields.push([31, bytes('from the future'), false]);
  return record(fields);
}

export function itemsOf(domain: DomainKeys, { pieces = [] }: Node): Item[] {
  return pieces.map((piece) =>
    typeof piece === 'number' ? { hole: piece } : { id: chunkId(domain, piece), length: piece.length },
  );
}

/** The encoded entry of a node; the list of a file is of depth 0 unless another is given. */
export function entryOf(domain: DomainKeys, path: string, node: Node, given?: Buffer): Buffer {
  const whole = given ?? list(0, itemsOf(domain, node).map(item));
  const content: Field[] = node.type === 'file' ? [[32, whole]] : [];
  return entry(Buffer.from(path, 'latin1'), statOf(node), content);
}

/** The paths of a tree in the order of the format. */
export function sortedPaths(paths: string[]): string[] {
  const order = (path: string) => Buffer.from(path.replaceAll('/', '\0'), 'latin1');
  return paths.sort((a, b) => Buffer.compare(order(a), order(b)));
}

/** Bytes that do not compress and depend on the seed only. */
export function noise(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}
