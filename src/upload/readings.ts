import { STRIPE_BYTES } from '../chunk/stripe.ts';
import { decodeItems } from '../model/entry.ts';
import { sizeOf } from '../model/tally.ts';
import { concat } from '../pack/table.ts';
import { encodeItems } from './chunk-writer.ts';
import type { FileToRead, LaneTask, ReadResult } from './tasks.ts';

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
  done: Promise<ReadResult>;
}

/** Makes tasks of files: small ones in groups, large ones in stripes, so that both keep every lane busy. */
export class Readings {
  readonly #run: (task: LaneTask) => Promise<ReadResult[]>;
  readonly #now: () => Date;
  #group: { file: FileToRead; settle: Settle }[] = [];
  #groupBytes = 0;

  constructor(run: (task: LaneTask) => Promise<ReadResult[]>, now: () => Date) {
    this.#run = run;
    this.#now = now;
  }

  read(file: FileToRead): Reading {
    if (file.size >= SMALL_BYTES) return this.#watched(this.#readLarge(file));
    const { promise, resolve, reject } = Promise.withResolvers<ReadResult>();
    const reading = this.#watched(promise);
    if (this.#groupBytes + file.size > GROUP_BYTES) this.flush();
    this.#group.push({ file, settle: { resolve, reject } });
    this.#groupBytes += file.size;
    if (this.#group.length >= GROUP_FILES) this.flush();
    return reading;
  }

  /** Hands over the files that were collected: whoever waits for one of them must have called this. */
  flush(): void {
    const group = this.#group;
    if (group.length === 0) return;
    this.#group = [];
    this.#groupBytes = 0;
    this.#run({ kind: 'files', files: group.map(({ file }) => file) }).then(
      (results) => {
        for (const [i, { settle }] of group.entries()) settle.resolve(results[i] as ReadResult);
      },
      (error: unknown) => {
        for (const { settle } of group) settle.reject(error);
      },
    );
  }

  #watched(done: Promise<ReadResult>): Reading {
    const reading: Reading = { asked: this.#now().getTime(), result: undefined, done };
    done.then(
      (result) => {
        reading.result = result;
      },
      () => {}, // whoever waits is told
    );
    return reading;
  }

  /** A file that changed while it was read is read once more, then kept as it came, and marked. */
  async #readLarge(file: FileToRead): Promise<ReadResult> {
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
      this.#run({ kind: 'stripe', file, index, last: index === count - 1 }),
    );
    const stripes = (await Promise.all(tasks)).flat();
    return stripes.length === 1 ? (stripes[0] as ReadResult) : joined(stripes);
  }
}

interface Settle {
  resolve: (result: ReadResult) => void;
  reject: (error: unknown) => void;
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
    changed: stat !== undefined,
    ...(stat && { stat }),
  };
}
