import { isUnreadable, unreadable } from '../archive/member.ts';
import type { ArchiveWriter, PackedData } from '../archive/writer.ts';
import type { BmcloudError } from '../errors.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import { workAhead } from '../flow/work-ahead.ts';
import { displayPath } from '../model/path.ts';
import { OWN } from './disk-items.ts';
import type { Item } from './item.ts';
import type { BundleOutcome } from './outcome.ts';

/** Files up to this size are read, and packed, ahead of their turn: one that cannot be read leaves no trace. */
const SMALL = 4 * 1024 * 1024;
const AHEAD = { count: 64, bytes: 32 * 1024 * 1024 };

export interface BundlerOptions {
  writer: ArchiveWriter;
  outcome: BundleOutcome;
  signal: AbortSignal | undefined;
}

/** Puts items into an archive: small files several at once, large ones as they come. */
export class Bundler {
  readonly #writer: ArchiveWriter;
  readonly #outcome: BundleOutcome;
  readonly #signal: AbortSignal | undefined;
  /** The first names of files that have several, by `linkKey`. */
  readonly #written = new Map<string, Uint8Array>();
  readonly #begun = new Set<string>();

  constructor({ writer, outcome, signal }: BundlerOptions) {
    this.#writer = writer;
    this.#outcome = outcome;
    this.#signal = signal;
  }

  /** @throws what is no fault of a single item */
  async putAll(items: AsyncIterable<Item>): Promise<void> {
    for await (const { value: item, work } of workAhead(items, AHEAD, (one) => this.#begin(one))) {
      throwIfInterrupted(this.#signal);
      await this.#tryToPut(item, work);
      this.#outcome.progress(item.path);
    }
    await this.#writer.finish();
  }

  #begin(item: Item): { work: Promise<PackedData>; bytes: number } | undefined {
    const { open, stat, linkKey } = item;
    if (!open || stat.size > SMALL || this.#writer.refusalOf(item) !== undefined) return undefined;
    if (this.#writer.hardLinks && linkKey !== undefined) {
      // Another name of a file that is in the archive, or will be: as a rule its data are not wanted again.
      if (this.#begun.has(linkKey)) return undefined;
      this.#begun.add(linkKey);
    }
    return { work: this.#packSmall(open), bytes: stat.size };
  }

  async #packSmall(open: NonNullable<Item['open']>): Promise<PackedData> {
    const { size, pieces } = await open();
    const held: Uint8Array[] = [];
    let length = 0;
    for await (const piece of pieces) {
      held.push(piece);
      length += piece.length;
    }
    if (length !== size) throw unreadable('its data have another length than it says', 'EIO');
    return await this.#writer.pack(held);
  }

  async #tryToPut(item: Item, work: Promise<PackedData> | undefined): Promise<void> {
    const refusal = this.#writer.refusalOf(item);
    if (refusal !== undefined) return this.#refuse(item, refusal);
    try {
      await this.#put(item, work);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.#fail(item, error);
    }
  }

  async #put(item: Item, work: Promise<PackedData> | undefined): Promise<void> {
    const { stat, open, linkKey, path } = item;
    if (!open) {
      await this.#writer.add(item);
      this.#outcome.add(stat.type);
      return;
    }
    const first = linkKey !== undefined && this.#writer.hardLinks ? this.#written.get(linkKey) : undefined;
    if (first) {
      await this.#writer.add({ path, stat, linkTo: first });
      this.#outcome.add('hard-link');
      return;
    }
    const size = work ? await this.#putPacked(item, work) : await this.#stream(item, open);
    if (linkKey !== undefined) this.#written.set(linkKey, path);
    this.#outcome.add('file', size);
  }

  async #putPacked(item: Item, work: Promise<PackedData>): Promise<number> {
    const packed = await work;
    await this.#writer.addFile(item, packed);
    return packed.size;
  }

  async #stream(item: Item, open: NonNullable<Item['open']>): Promise<number> {
    const { size, pieces } = await open();
    await this.#writer.addStream({ ...item, stat: { ...item.stat, size } }, this.#watched(item, pieces));
    return size;
  }

  /** Large files are interrupted, and seen to grow, between their pieces. */
  async *#watched({ path }: Item, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let done = 0;
    for await (const piece of pieces) {
      throwIfInterrupted(this.#signal);
      yield piece;
      done += piece.length;
      this.#outcome.progress(path, done);
    }
  }

  #refuse({ path, stat }: Item, reason: string): void {
    const isPlain = stat.type === 'file' || stat.type === 'directory' || stat.type === 'symlink';
    if (isPlain) this.#outcome.fail(displayPath(path), reason, 'EILSEQ');
    else this.#outcome.leaveOut(path, reason);
  }

  #fail({ path }: Item, error: BmcloudError): void {
    const { code = error.code } = error.data as { code?: string };
    if (code !== OWN) this.#outcome.fail(displayPath(path), error.message, code);
  }
}
