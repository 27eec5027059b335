import { chunkIdWith } from '../chunk/id.ts';
import { equalBytes, toHex } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import { PACK_HEADER_BYTES, packName } from '../pack/packer.ts';
import type { ChunkPlace } from '../pack/row.ts';
import { BLOCK_ALIGNMENT, type PackRow } from '../pack/table.ts';
import { domainKeys, type RepositoryKeys } from '../seal/keys.ts';
import type { Store } from '../store/store.ts';
import { ReadAhead } from './read-ahead.ts';
import { openBlockWith, packKey } from './sealing.ts';
import type { FoundChunk } from './table-file.ts';

/** Decoded blocks kept: segments that lie together are read together. A failure is not kept. */
const CACHED_BLOCKS = 8;

/** Where a block lies in its pack's object. */
export function blockRange({ block, blockLength }: ChunkPlace): { start: number; end: number } {
  const start = PACK_HEADER_BYTES + block * BLOCK_ALIGNMENT;
  return { start, end: start + blockLength * BLOCK_ALIGNMENT };
}

/** Opens blocks and takes chunks out of them. */
export class BlockReader {
  readonly #sealed: ReadAhead;
  readonly #keys: RepositoryKeys;
  readonly #packKeys = new Map<string, Uint8Array>();
  readonly #blocks = new Map<string, Promise<Uint8Array>>();
  readonly #chunkIds = new Map<string, (chunk: Uint8Array) => Uint8Array>();

  constructor(store: Pick<Store, 'get'>, keys: RepositoryKeys) {
    this.#sealed = new ReadAhead(store);
    this.#keys = keys;
  }

  /** A chunk's bytes, checked against its id. For metadata: blocks that were read last are kept. @throws `damaged`, `not-found` */
  async chunk(id: Uint8Array, { pack, place }: FoundChunk): Promise<Uint8Array> {
    const block = await this.#block(pack, place);
    return this.take(block, pack, place, id);
  }

  /** The decoded bytes of a block. @throws `damaged`, `not-found` */
  open(pack: PackRow, place: ChunkPlace, sealed: Uint8Array): Uint8Array {
    return openBlockWith(this.packKey(pack), place.block, sealed, packName(pack.kind, pack.id));
  }

  /** A chunk out of its decoded block, checked against its id. @throws `damaged` */
  take(block: Uint8Array, pack: PackRow, place: ChunkPlace, id: Uint8Array): Uint8Array {
    const chunk = block.subarray(place.offset, place.offset + place.length);
    if (chunk.length === place.length && equalBytes(this.#chunkId(pack.domain)(chunk), id)) return chunk;
    throw damaged(packName(pack.kind, pack.id), `chunk ${toHex(id).slice(0, 16)} is not what its id says`);
  }

  packKey(pack: PackRow): Uint8Array {
    const name = toHex(pack.id);
    const known = this.#packKeys.get(name);
    if (known) return known;
    const key = packKey(this.#keys, pack);
    this.#packKeys.set(name, key);
    return key;
  }

  async #block(pack: PackRow, place: ChunkPlace): Promise<Uint8Array> {
    const name = `${toHex(pack.id)}:${place.block}`;
    const cached = this.#blocks.get(name);
    const block = cached ?? this.#fetch(pack, place);
    this.#blocks.delete(name);
    this.#blocks.set(name, block);
    if (this.#blocks.size > CACHED_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value as string);
    try {
      return await block;
    } catch (error) {
      if (this.#blocks.get(name) === block) this.#blocks.delete(name);
      throw error;
    }
  }

  async #fetch(pack: PackRow, place: ChunkPlace): Promise<Uint8Array> {
    const sealed = await this.#sealed.get(packName(pack.kind, pack.id), blockRange(place), pack.size);
    return this.open(pack, place, sealed);
  }

  #chunkId(domain: Uint8Array): (chunk: Uint8Array) => Uint8Array {
    const name = toHex(domain);
    const known = this.#chunkIds.get(name);
    if (known) return known;
    const make = chunkIdWith(domainKeys(this.#keys, domain).id);
    this.#chunkIds.set(name, make);
    return make;
  }
}
