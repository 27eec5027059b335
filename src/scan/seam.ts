import { comparePaths, isWithin } from '../model/path.ts';
import { RunCursor } from '../model/run.ts';
import type { ScanBatch } from './batch.ts';
import { leadsTo, type ScanRange } from './range.ts';

/** Something that was told of a path besides its entry. */
interface Told {
  kind: string;
  path: Uint8Array;
}

/**
 * Joins ranges to one sorted stream. The directories that a range begins in may have been in the stream before, and what was told of
 * them: that is left out.
 */
export class Seam {
  #range: ScanRange = {};
  #isAtStart = true;
  /** The path of the last entry. */
  #last: Uint8Array | undefined;
  #told: Told[] = [];

  /** From here on batches are those of the next range. */
  begin(range: ScanRange): void {
    const { from } = range;
    this.#range = range;
    this.#isAtStart = true;
    this.#told = this.#told.filter(({ path }) => from && isWithin(from, path));
  }

  /** @returns the batch without what was there before */
  async join(batch: ScanBatch): Promise<ScanBatch> {
    const problems = batch.problems.filter((problem) => this.#isNews(problem));
    const cloud = batch.cloud.filter((path) => this.#isNews({ kind: 'cloud', path }));
    const run = this.#isAtStart ? await this.#withoutKnown(batch.run) : batch.run;
    if (run.length > 0) this.#last = batch.last;
    return { ...batch, run, problems, cloud };
  }

  #isNews({ kind, path }: Told): boolean {
    const known = leadsTo(path, this.#range) && this.#told.some((told) => isSame(told, { kind, path }));
    if (!known) this.#told.push({ kind, path });
    return !known;
  }

  /** Those directories come first, one in the other. */
  async #withoutKnown(run: Uint8Array): Promise<Uint8Array> {
    const cursor = new RunCursor([run], 'the scan');
    while (cursor.advance() || (await cursor.refill())) {
      if (this.#last && comparePaths(cursor.path(), this.#last) <= 0) continue;
      this.#isAtStart = false;
      return cursor.start === 0 ? run : run.subarray(cursor.start);
    }
    return new Uint8Array(0);
  }
}

function isSame(a: Told, b: Told): boolean {
  return a.kind === b.kind && comparePaths(a.path, b.path) === 0;
}
