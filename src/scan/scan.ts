import { performance } from 'node:perf_hooks';
import { BmcloudError } from '../errors.ts';
import type { Run } from '../model/run.ts';
import { loadFilesAddon } from '../native/files.ts';
import type { ScanBatch, ScanOptions } from './batch.ts';
import { rangesBy, type ScanRange } from './range.ts';
import { Seam } from './seam.ts';
import { ScanThread } from './thread.ts';
import { walk } from './walk.ts';
import type { WindowsListing } from './windows.ts';

export type {
  CloudFiles,
  FileIdentity,
  ScanBatch,
  ScanOptions,
  ScanProblem,
  ScanProblemKind,
  ScanSource,
} from './batch.ts';

/** Milliseconds. A second thread costs 0.4 s of CPU until it is as quick as the first, and 20 MiB. */
const PATIENCE = 1000;
/** For each thread the one that it walks, and the next. */
const RANGES_AHEAD = 2;

/**
 * The entries of all sources, sorted, in batches; walked in threads that end when the iteration does. What cannot be read is a
 * problem in a batch, never an exception. Memory is bounded by a few batches and, per level of the tree, the names of one directory.
 * @param known entries, sorted, that were there before: by them, two threads share what takes long
 * @param patience milliseconds after which it does
 * @throws `internal` when names of sources are not unique, or a thread dies
 */
export async function* scan(
  options: ScanOptions,
  known: Run = [],
  patience = PATIENCE,
): AsyncGenerator<ScanBatch> {
  checkNames(options);
  const crew = new Crew(options, known, performance.now() + patience);
  const seam = new Seam();
  try {
    for (let part = await crew.next(); part; part = await crew.next()) {
      seam.begin(part.range);
      for await (const batch of part.thread.batches()) yield await seam.join(batch);
    }
  } finally {
    await crew.close();
  }
}

interface Part {
  range: ScanRange;
  thread: ScanThread;
}

/** Threads that walk ranges in turn: one, and from a certain time on two. */
class Crew {
  readonly #options: ScanOptions;
  readonly #ranges: AsyncGenerator<ScanRange>;
  /** By `performance.now()`. */
  readonly #twoFrom: number;
  readonly #threads: ScanThread[];
  readonly #underWay: Part[] = [];
  #handedOut = 0;

  constructor(options: ScanOptions, known: Run, twoFrom: number) {
    this.#options = options;
    this.#ranges = rangesBy(known);
    this.#twoFrom = twoFrom;
    this.#threads = [new ScanThread(options)];
  }

  /** The part behind those that were returned before; undefined behind the last. */
  async next(): Promise<Part | undefined> {
    const size = performance.now() < this.#twoFrom ? 1 : 2;
    while (this.#underWay.length < RANGES_AHEAD * size) {
      const { done, value } = await this.#ranges.next();
      if (done) break;
      this.#handOut(value, this.#handedOut++ % size);
    }
    return this.#underWay.shift();
  }

  #handOut(range: ScanRange, number: number): void {
    this.#threads[number] ??= new ScanThread(this.#options);
    const thread = this.#threads[number];
    thread.walk(range);
    this.#underWay.push({ range, thread });
  }

  async close(): Promise<void> {
    await this.#ranges.return(undefined);
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** The same in the calling thread. @param windows what Windows tells besides. Default: the addon, where there is one */
export function scanInline(
  options: ScanOptions,
  windows: WindowsListing | undefined = loadFilesAddon(),
): Generator<ScanBatch> {
  checkNames(options);
  return walk(options, undefined, undefined, windows);
}

function checkNames({ sources }: ScanOptions): void {
  const names = new Set(sources.map(({ name }) => name));
  if (names.size !== sources.length) throw new BmcloudError('internal', 'Two sources have the same name');
}
