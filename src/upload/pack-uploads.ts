import { Budget } from '../flow/budget.ts';
import { AsyncQueue } from '../flow/queue.ts';
import { release } from '../flow/release.ts';
import { toHex } from '../model/ids.ts';
import { packName } from '../pack/packer.ts';
import type { PackKind, Table } from '../pack/table.ts';
import type { KnownChunks, StoringPush } from '../repository/known-chunks.ts';
import type { Store } from '../store/store.ts';
import { type LanePort, type Question, question } from './tasks.ts';

/** Sealed bytes that wait for the store, all packs together; a store that is slow has parts of its own besides. */
const IN_FLIGHT_BYTES = 4 * 1024 * 1024;

export interface PackUploadsOptions {
  store: Pick<Store, 'putStream'>;
  known: Pick<KnownChunks, 'addParts' | 'noteRefined' | 'addStored'>;
  push: Pick<StoringPush, 'decide'>;
  kind: PackKind;
  /** A pack is stored, whole and durable. */
  onStored: (table: Table) => void;
  onFailed: (error: unknown) => void;
  onSent: (bytes: number) => void;
}

/**
 * The push's side of the lanes: answers which chunks to store, and streams packs to the store while they are made.
 * A failure of the store is told once, by `onFailed`, and stops everything.
 */
export class PackUploads implements LanePort {
  readonly #options: PackUploadsOptions;
  readonly #budget = new Budget(IN_FLIGHT_BYTES);
  readonly #open = new Map<string, { queue: AsyncQueue<Uint8Array>; stored: Promise<void> }>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: PackUploadsOptions) {
    this.#options = options;
  }

  async ask({ ids, flags }: Question) {
    const { push } = this.#options;
    return Array.from(flags, (flag, i) =>
      push.decide(
        ids.subarray(i * 32, i * 32 + 32),
        (flag & question.refinable) !== 0,
        (flag & question.divisible) !== 0,
      ),
    );
  }

  packBegins(pack: Uint8Array): void {
    const queue = new AsyncQueue<Uint8Array>();
    const stored = this.#options.store.putStream(packName(this.#options.kind, pack), this.#counted(queue));
    // A failure may come long before the pack ends.
    stored.catch(this.#options.onFailed);
    this.#open.set(toHex(pack), { queue, stored });
  }

  async piece(pack: Uint8Array, bytes: Uint8Array): Promise<void> {
    this.#open.get(toHex(pack))?.queue.push(bytes);
    await this.#budget.take(bytes.length);
  }

  packEnds(pack: Uint8Array, table: Table): void {
    const upload = this.#open.get(toHex(pack));
    this.#open.delete(toHex(pack));
    if (!upload) return;
    upload.queue.end();
    const done = upload.stored.then(() => {
      this.#options.known.addStored(table);
      this.#options.onStored(table);
    });
    this.#underWay.add(done);
    const forget = () => {
      this.#underWay.delete(done);
    };
    done.then(forget, forget);
  }

  refined(whole: Uint8Array, partIds: Uint8Array, partLengths: Uint32Array): void {
    if (partLengths.length === 0) this.#options.known.noteRefined(whole);
    else this.#options.known.addParts(whole, partIds, partLengths);
  }

  /** Resolves when every pack that ended is stored. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Gives up the packs under way: nothing of them appears in the store. */
  async abort(reason: unknown): Promise<void> {
    for (const { queue } of this.#open.values()) queue.fail(reason);
    await Promise.allSettled([...this.#open.values()].map(({ stored }) => stored));
    this.#open.clear();
  }

  async *#counted(queue: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of queue) {
      const { length } = piece;
      yield piece;
      release(piece);
      this.#budget.give(length);
      this.#options.onSent(length);
    }
  }
}
