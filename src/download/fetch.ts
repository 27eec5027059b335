import { type BmcloudError, isBmcloudError } from '../errors.ts';
import { Budget } from '../flow/budget.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import { packName } from '../pack/packer.ts';
import type { Repository } from '../repository/repository.ts';
import type { FoundChunk } from '../repository/table-file.ts';
import type { ByteRange } from '../store/store.ts';
import { type Failure, failureOf } from './failures.ts';
import { planRanges, type Range, type Wanted } from './plan.ts';

/** Sealed bytes under way: fetched or being fetched, and not yet written. */
const UNDER_WAY = 24 * 1024 * 1024;

/** A wanted piece of a file. */
export interface WantedPiece {
  id: Uint8Array;
}

/** What becomes of what was fetched. */
export interface FetchPort<P> {
  /** A range has come, in memory of its own; it is written when the promise resolves. */
  range(range: Range<P>, sealed: Uint8Array): Promise<void>;
  /** These cannot be had. */
  lost(pieces: P[], failure: Failure): void;
  fetched(bytes: number): void;
}

/** Finds chunks, plans ranges, fetches each once. */
export class Fetcher<P extends WantedPiece> {
  readonly #repository: Repository;
  readonly #port: FetchPort<P>;
  readonly #signal: AbortSignal | undefined;
  readonly #budget = new Budget(UNDER_WAY);
  #refreshed = false;
  #failure: { error: unknown } | undefined;

  constructor(repository: Repository, port: FetchPort<P>, signal: AbortSignal | undefined) {
    this.#repository = repository;
    this.#port = port;
    this.#signal = signal;
  }

  /** Has all pieces fetched and handed on. @throws when the store fails, `disk-full`, `target`, `interrupted` */
  async fetch(pieces: P[]): Promise<void> {
    const wanted: Wanted<P>[] = [];
    const known = await this.#repository.known();
    for (const piece of pieces) {
      const found = known.find(piece.id) ?? (await this.#findAnew(piece.id));
      if (found) wanted.push({ pack: found.pack, place: found.place, piece });
      else this.#port.lost([piece], { reason: 'a piece of it is missing from the index', code: 'damaged' });
    }
    await this.#fetchAll(planRanges(wanted));
  }

  async #findAnew(id: Uint8Array): Promise<FoundChunk | undefined> {
    return (await this.#refresh()).find(id);
  }

  /** The index is read again once: what is missing then is missing. */
  async #refresh() {
    if (this.#refreshed) return await this.#repository.known();
    this.#refreshed = true;
    return await this.#repository.refreshKnown();
  }

  async #fetchAll(ranges: Range<P>[]): Promise<void> {
    const results = await Promise.allSettled(ranges.map((range) => this.#fetchRange(range)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #fetchRange(range: Range<P>): Promise<void> {
    const missed = await this.#tryRange(range).catch((error: unknown) => {
      this.#failure ??= { error };
      throw error;
    });
    if (!missed) return;
    if (missed.code === 'not-found') await this.#lookAgain(range, failureOf(missed));
    else if (range.blocks.length === 1) this.#lose(range, failureOf(missed));
    else await this.#fetchAll(range.blocks.map((block) => ({ ...block, pack: range.pack, blocks: [block] })));
  }

  /** @returns what the store said of a pack that is missing or cut short */
  async #tryRange(range: Range<P>): Promise<BmcloudError | undefined> {
    const { pack, start, end } = range;
    await this.#budget.take(end - start);
    try {
      throwIfInterrupted(this.#signal);
      if (this.#failure) throw this.#failure.error; // the others need not go on
      const bytes = await this.#get(packName(pack.kind, pack.id), { start, end });
      if (isBmcloudError(bytes)) return bytes;
      this.#port.fetched(bytes.length);
      await this.#port.range(range, bytes);
      return undefined;
    } finally {
      this.#budget.give(end - start);
    }
  }

  async #get(key: string, range: ByteRange): Promise<Uint8Array | BmcloudError> {
    try {
      return await this.#repository.store.get(key, range);
    } catch (error) {
      if (isBmcloudError(error, 'not-found', 'damaged')) return error;
      throw error;
    }
  }

  /** The pack may have been replaced since the index was read. */
  async #lookAgain(range: Range<P>, failure: Failure): Promise<void> {
    if (this.#refreshed) return this.#lose(range, failure);
    await this.#refresh();
    const moved: Wanted<P>[] = [];
    for (const { piece, pack } of range.blocks.flatMap(({ pieces }) => pieces)) {
      const found = await this.#findAnew(piece.id);
      if (found && Buffer.compare(found.pack.id, pack.id) !== 0) moved.push({ ...found, piece });
      else this.#port.lost([piece], failure);
    }
    await this.#fetchAll(planRanges(moved));
  }

  #lose({ blocks }: Range<P>, failure: Failure): void {
    this.#port.lost(
      blocks.flatMap(({ pieces }) => pieces.map(({ piece }) => piece)),
      failure,
    );
  }
}
