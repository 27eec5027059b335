import { release } from '../flow/release.ts';
import { ID_BYTES, type RandomSource, systemRandom } from '../model/ids.ts';
import { type PackSealer, packName } from '../pack/packer.ts';
import { concat, type PackKind, type PackRow } from '../pack/table.ts';
import { frameKinds, openFrame, sealFrame } from '../seal/frame.ts';
import type { RepositoryKeys, WriteKeys } from '../seal/keys.ts';
import {
  encodeHeader,
  newIndexObject,
  newPublicObject,
  objectTypes,
  openPublicObject,
} from '../seal/object.ts';
import { decodePayload, encodePayload, padding, payloadParts } from '../seal/payload.ts';

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
    sealBlock: (counter, chunks) => sealBlockWith(key, counter, chunks, level),
    openBlock: (counter, sealed) => openBlockWith(key, counter, sealed, name),
    sealDirectory: (table) => sealDirectory(write, name, table, random),
  };
}

function sealBlockWith(key: Uint8Array, counter: number, chunks: Uint8Array, level: number): Uint8Array {
  const parts = payloadParts(chunks, { pad: padding.block, level });
  const frame = sealFrame(key, frameKinds.block, counter, ...parts);
  // What zstd made lies in memory for the worst case. Left to the collector, these were every second full collection of a lane.
  const [, { buffer }] = parts as [Uint8Array, Uint8Array];
  if (buffer !== chunks.buffer && chunks.length >= Buffer.poolSize) release(new Uint8Array(buffer));
  return frame;
}

function typeOfPack(kind: PackKind): number {
  return kind === 'data' ? objectTypes.dataPack : objectTypes.metaPack;
}

function sealDirectory(write: WriteKeys, name: string, table: Uint8Array, random: RandomSource): Uint8Array {
  const { header, key } = newIndexObject(write, objectTypes.directory, name, random);
  const payload = encodePayload(table, { pad: padding.other, level: DEFAULT_LEVEL });
  return concat([header.salt, header.commitment, sealFrame(key, frameKinds.directory, 0, payload)]);
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
