import { chunkIdWith } from '../chunk/id.ts';
import { Packer } from '../pack/packer.ts';
import type { StoringPush } from '../repository/known-chunks.ts';
import { newPackSealer } from '../repository/sealing.ts';
import type { WriteKeys } from '../seal/keys.ts';
import type { PackUploads } from './pack-uploads.ts';

/** Stores chunks of metadata: segments of manifests, and chunk lists. They are few, so this works without a thread. */
export class MetaPacks {
  readonly #write: WriteKeys;
  readonly #push: Pick<StoringPush, 'decide'>;
  readonly #uploads: PackUploads;
  readonly #packBytes: number;
  readonly #chunkId: (chunk: Uint8Array) => Uint8Array;
  #packer: Packer | undefined;

  constructor(write: WriteKeys, push: Pick<StoringPush, 'decide'>, uploads: PackUploads, packBytes: number) {
    this.#write = write;
    this.#push = push;
    this.#uploads = uploads;
    this.#packBytes = packBytes;
    this.#chunkId = chunkIdWith(write.own.id);
  }

  /** Stores a chunk unless it is known. @returns its id */
  async store(chunk: Uint8Array): Promise<Uint8Array> {
    const bytes = new Uint8Array(chunk);
    const id = this.#chunkId(bytes);
    if (this.#push.decide(id, false, false) !== 'store') return id;
    const packer = this.#packer ?? (await this.#begin());
    const twin = { id, idCopy: id.slice(), bytes, original: chunk };
    for (const piece of packer.add(twin)) await this.#uploads.piece(packer.id, piece);
    if (packer.isFull(this.#packBytes)) await this.finish();
    return id;
  }

  /** Ends the pack under way. */
  async finish(): Promise<void> {
    const packer = this.#packer;
    if (!packer) return;
    this.#packer = undefined;
    const { pieces, table } = packer.finish();
    for (const piece of pieces) await this.#uploads.piece(packer.id, piece);
    this.#uploads.packEnds(packer.id, table);
  }

  async #begin(): Promise<Packer> {
    const packer = new Packer(newPackSealer(this.#write, 'meta'));
    this.#packer = packer;
    this.#uploads.packBegins(packer.id);
    await this.#uploads.piece(packer.id, packer.begin());
    return packer;
  }
}
