import { STRIPE_BYTES } from '../chunk/stripe.ts';
import { decodeItems, encodeItems } from '../model/entry.ts';
import { isRacy, sizeOf } from '../model/tally.ts';
import { Writer } from '../model/wire.ts';
import { concat } from '../pack/table.ts';
import type { ReadFailure } from '../read/failure.ts';
import { type RetryPolicy, retry } from '../read/retry.ts';
import { isTransient } from '../read/transient.ts';
import type { StripeNotes } from './stripe-notes.ts';
import { type FileToRead, type LaneTask, type ReadResult, writeFile } from './tasks.ts';

/** Files below this many bytes are read whole, many at a time. */
const SMALL_BYTES = 1024 * 1024;
const GROUP_BYTES = 1024 * 1024;
const GROUP_FILES = 512;

/** A file that is being read. */
export interface Reading {
  /** When its reading was asked for, ms since the epoch: it began no earlier. */
  asked: number;
  /** What became of it, once that is known. */
  result: ReadResult | undefined;
  /** Resolves when it is known, or when more is known of when it will be: look again then. Shared by the files of a task. */
  done: Promise<void>;
}

interface GroupedReading extends Reading {
  file: FileToRead;
}

/** Small files that will be read together. */
interface Group {
  files: Writer;
  bytes: number;
  readings: GroupedReading[];
  done: PromiseWithResolvers<void>;
}

export interface ReadingsOptions {
  run: (task: LaneTask) => Promise<ReadResult[]>;
  now: () => Date;
  notes: StripeNotes;
  retry: RetryPolicy;
  /** Files have something attached to them that is stored, too (Windows). */
  readsAttached: boolean;
}

/**
 * Makes tasks of files: small ones in groups, large ones in stripes, so that both keep every lane busy. The first two rungs of
 * the ladder: what fails for a reason that may pass is read again while others go on.
 */
export class Readings {
  readonly #run: (task: LaneTask) => Promise<ReadResult[]>;
  readonly #now: () => Date;
  readonly #notes: StripeNotes;
  readonly #retry: RetryPolicy;
  readonly #readsAttached: boolean;
  #group: Group | undefined;

  constructor({ run, now, notes, retry: policy, readsAttached }: ReadingsOptions) {
    this.#readsAttached = readsAttached;
    this.#run = run;
    this.#now = now;
    this.#notes = notes;
    this.#retry = policy;
  }

  read(file: FileToRead): Reading {
    return file.size >= SMALL_BYTES ? this.#beginLarge(file) : this.#addToGroup(file);
  }

  /** Hands over the files that were collected: whoever waits for one of them must have called this. */
  flush(): void {
    const group = this.#group;
    if (!group) return;
    this.#group = undefined;
    const { files, readings, done } = group;
    this.#run({ kind: 'files', files: files.take() }).then((results) => {
      readings.forEach((reading, i) => {
        this.#takeResult(reading, results[i] as ReadResult, reading.file);
      });
      done.resolve();
    }, done.reject);
  }

  /** One attempt, whatever comes of it. */
  async once(file: FileToRead): Promise<ReadResult> {
    return file.size >= SMALL_BYTES ? await this.#readLarge(file) : await this.#readSmall(file);
  }

  #takeResult(reading: Reading, result: ReadResult, file: FileToRead): void {
    if (result.kind === 'read' || !isTransient(result.code)) reading.result = result;
    else this.#readAgain(reading, result, file);
  }

  #readAgain(reading: Reading, first: ReadFailure, file: FileToRead): void {
    reading.done = retry<ReadResult>(first, () => this.once(file), this.#retry).then((result) => {
      reading.result = result;
    });
    reading.done.catch(() => {}); // whoever waits is told
  }

  #addToGroup(file: FileToRead): Reading {
    if (this.#group && this.#group.bytes + file.size > GROUP_BYTES) this.flush();
    this.#group ??= newGroup();
    const { promise: done } = this.#group.done;
    const reading = { asked: this.#now().getTime(), result: undefined, done, file };
    writeFile(this.#group.files, file);
    this.#group.bytes += file.size;
    if (this.#group.readings.push(reading) >= GROUP_FILES) this.flush();
    return reading;
  }

  #beginLarge(file: FileToRead): Reading {
    const done = this.#readLarge(file).then((result) => this.#takeResult(reading, result, file));
    done.catch(() => {}); // whoever waits is told
    const reading: Reading = { asked: this.#now().getTime(), result: undefined, done };
    return reading;
  }

  async #readSmall(file: FileToRead): Promise<ReadResult> {
    const files = new Writer(512);
    writeFile(files, file);
    const [result] = (await this.#run({ kind: 'files', files: files.take() })) as [ReadResult];
    return result;
  }

  /** Stripes may be known from an earlier push: what is attached is read anew. */
  async #readLarge(file: FileToRead): Promise<ReadResult> {
    const read = await this.#readData(file);
    if (read.kind === 'failed' || !this.#readsAttached) return read;
    const [beside] = (await this.#run({ kind: 'attached', path: file.path })) as [ReadResult];
    if (beside.kind === 'failed') return read;
    const { attached, lost } = beside;
    return { ...read, ...(attached && { attached }), ...(lost !== undefined && { lost }) };
  }

  /** A file that changed while it was read is read once more, then kept as it came, and marked. */
  async #readData(file: FileToRead): Promise<ReadResult> {
    const first = await this.#readStripes(file);
    if (first.kind === 'failed' || !first.stat) return first;
    const { stat } = first;
    const second = await this.#readStripes({ ...file, stat, size: sizeOf(stat) });
    if (second.kind === 'failed') return second;
    return { ...second, stat: second.stat ?? stat, bytes: first.bytes + second.bytes };
  }

  async #readStripes(file: FileToRead): Promise<ReadResult> {
    const count = Math.max(1, Math.ceil(file.size / STRIPE_BYTES));
    const tasks = Array.from({ length: count }, (_, index) =>
      this.#readStripe(file, index, index === count - 1),
    );
    const stripes = await Promise.all(tasks);
    return stripes.length === 1 ? (stripes[0] as ReadResult) : joined(stripes);
  }

  async #readStripe(file: FileToRead, index: number, last: boolean): Promise<ReadResult> {
    const noted = this.#notes.find(file, index);
    if (noted) return noted;
    const asked = this.#now().getTime();
    const [result] = (await this.#run({ kind: 'stripe', file, index, last })) as [ReadResult];
    // A file that may change again unseen must be read again.
    const isSure = result.kind === 'read' && !result.changed && !isRacy(file.stat, asked);
    if (isSure) this.#notes.keep(file, index, result);
    return result;
  }
}

function newGroup(): Group {
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => {}); // whoever waits is told
  return { files: new Writer(16 * 1024), bytes: 0, readings: [], done };
}

function joined(stripes: ReadResult[]): ReadResult {
  const failed = stripes.find((stripe) => stripe.kind === 'failed');
  if (failed) return failed;
  const read = stripes.filter((stripe) => stripe.kind === 'read');
  const stat = read.findLast((stripe) => stripe.stat)?.stat;
  return {
    kind: 'read',
    // Holes on both sides of a boundary are one hole.
    ...encodeItems(decodeItems(concat(read.map(({ items }) => items)))),
    bytes: read.reduce((sum, { bytes }) => sum + bytes, 0),
    changed: read.some(({ changed }) => changed),
    ...(stat && { stat }),
  };
}
