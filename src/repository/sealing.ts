import { release } from '../flow/release.ts';
import { ID_BYTES, type RandomSource, systemRandom } from '../model/ids.ts';
import { type PackSealer, packName } from '../pack/packer.ts';
import { concat, encodeTable, type PackKind, type PackRow, type Table } from '../pack/table.ts';
import { frameKinds, openFrame, sealFrame } from '../seal/frame.ts';
import type { RepositoryKeys, WriteKeys } from '../seal/keys.ts';
import {
  encodeHeader,
  newIndexObject,
  newPublicObject,
  objectTypes,
  openPublicObject,
} from '../seal/object.ts';
import { decodePayload, type PayloadOptions, padding, payloadParts } from '../seal/payload.ts';

/*
 * Where packs meet sealing: a packer knows blocks and rows, the seal room knows keys and frames.
 */

export const MAX_BLOCK_BYTES = 16 * 1024 * 1024;
/** zstd's level for blocks: higher ones cost several times the CPU for a few per cent. */
export const DEFAULT_LEVEL = 1;

/** What a packer needs to seal one new pack. */
export function newPackSealer(
  write: WriteKeys,
  kind: PackKind,
  options: { level?: number; random?: RandomSource } = {},
): PackSealer {
  const { level = DEFAULT_LEVEL, random = systemRandom } = options;
  const id = random(ID_BYTES);
  const name = packName(kind, id);
  const { header, key } = newPublicObject(write, typeOfPack(kind), name, random);
  return {
    id,
    domain: write.own.domain,
    kind,
    header: encodeHeader(header),
    ephemeral: header.salt,
    commitment: header.commitment,
    sealBlock: (counter, chunks) =>
      sealBytes(key, frameKinds.block, counter, chunks, { pad: padding.block, level }),
    openBlock: (counter, sealed) => openBlockWith(key, counter, sealed, name),
    sealDirectory: (table) => sealDirectory(write, name, table, random),
  };
}

/** Compresses, pads and seals. @returns the frame, in memory of its own */
function sealBytes(
  key: Uint8Array,
  kind: number,
  counter: number,
  bytes: Uint8Array,
  options: PayloadOptions,
): Uint8Array {
  const parts = payloadParts(bytes, options);
  const frame = sealFrame(key, kind, counter, ...parts);
  // What zstd made lies in memory for the worst case. Left to the collector, these were every second full collection of a lane.
  const [, { buffer }] = parts as [Uint8Array, Uint8Array];
  if (buffer !== bytes.buffer && bytes.length >= Buffer.poolSize) release(new Uint8Array(buffer));
  return frame;
}

/**
 * Seals what is one frame: an index object, a directory, a manifest.
 * @param head stands before the frame
 * @param bytes are given back, see `release`: of a table there are several MB, and each step makes as many again
 */
export function sealWhole(head: Uint8Array[], key: Uint8Array, kind: number, bytes: Uint8Array): Uint8Array {
  const frame = sealBytes(key, kind, 0, bytes, { pad: padding.other, level: DEFAULT_LEVEL });
  release(bytes);
  const whole = concat([...head, frame]);
  release(frame);
  return whole;
}

function typeOfPack(kind: PackKind): number {
  return kind === 'data' ? objectTypes.dataPack : objectTypes.metaPack;
}

function sealDirectory(write: WriteKeys, name: string, table: Table, random: RandomSource): Uint8Array {
  const { header, key } = newIndexObject(write, objectTypes.directory, name, random);
  return sealWhole([header.salt, header.commitment], key, frameKinds.directory, encodeTable(table));
}

/** The key that opens a pack's blocks. @throws `not-allowed` for push-only keys; `damaged` */
export function packKey(keys: RepositoryKeys, pack: PackRow): Uint8Array {
  const header = {
    type: typeOfPack(pack.kind),
    domain: pack.domain,
    salt: pack.ephemeral,
    commitment: pack.commitment,
  };
  return openPublicObject(keys, header, packName(pack.kind, pack.id));
}

/** The decoded bytes of a sealed block, in memory of their own: see `release`. @throws `damaged` */
export function openBlockWith(
  key: Uint8Array,
  counter: number,
  sealed: Uint8Array,
  what: string,
): Uint8Array {
  const payload = openFrame(key, frameKinds.block, counter, sealed, what);
  const block = decodePayload(payload, MAX_BLOCK_BYTES, what);
  if (block.buffer !== payload.buffer) release(payload);
  return block;
}
