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

/** System calls are three quarters of a scan, and nobody else has work while nothing changed. */
const THREADS = 2;
/** For each thread the one that it walks, and the next. */
const RANGES_AHEAD = 2 * THREADS;

/**
 * The entries of all sources, sorted, in batches; walked in threads that end when the iteration does. What cannot be read is a
 * problem in a batch, never an exception. Memory is bounded by a few batches and, per level of the tree, the names of one directory.
 * @param known entries, sorted, that were there before: where there are many, two threads share the work
 * @throws `internal` when names of sources are not unique, or a thread dies
 */
export async function* scan(options: ScanOptions, known: Run = []): AsyncGenerator<ScanBatch> {
  checkNames(options);
  const crew = new Crew(options, known);
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

/** Threads that walk the ranges in turn. One is begun when there is a range for it. */
class Crew {
  readonly #options: ScanOptions;
  readonly #ranges: AsyncGenerator<ScanRange>;
  readonly #threads: ScanThread[];
  readonly #underWay: Part[] = [];
  #handedOut = 0;

  constructor(options: ScanOptions, known: Run) {
    this.#options = options;
    this.#ranges = rangesBy(known);
    this.#threads = [new ScanThread(options)];
  }

  /** The part behind those that were returned before; undefined behind the last. */
  async next(): Promise<Part | undefined> {
    while (this.#underWay.length < RANGES_AHEAD) {
      const { done, value } = await this.#ranges.next();
      if (done) break;
      this.#handOut(value);
    }
    return this.#underWay.shift();
  }

  #handOut(range: ScanRange): void {
    const number = this.#handedOut++ % THREADS;
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
