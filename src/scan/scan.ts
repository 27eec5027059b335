import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { BmcloudError } from '../errors.ts';
import { threadLimits } from '../flow/thread-limits.ts';
import { loadFilesAddon } from '../native/files.ts';
import type { ScanBatch, ScanOptions } from './batch.ts';
import { quickDisk, walkersDisk } from './disk.ts';
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

/** Batches the walk may be ahead of its consumer. */
const BATCHES_AHEAD = 4;

/**
 * The entries of all sources, sorted, in batches; walked in a thread of its own, which ends when the iteration does.
 * What cannot be read is a problem in a batch, never an exception. Memory is bounded by a few batches and, per level of the
 * tree, the names of one directory.
 * @param onBegun the thread runs
 * @throws `internal` when names of sources are not unique, or the thread dies
 */
export async function* scan(options: ScanOptions, onBegun: () => void = () => {}): AsyncGenerator<ScanBatch> {
  checkNames(options);
  const worker = new Worker(workerFile(), {
    name: 'scan',
    workerData: options,
    resourceLimits: threadLimits.brief,
  });
  worker.once('online', onBegun);
  try {
    const answers = on(worker, 'message', { close: ['exit'] }) as AsyncIterable<[ScanBatch | undefined]>;
    for (let asked = 0; asked < BATCHES_AHEAD; asked++) worker.postMessage('next');
    for await (const [batch] of answers) {
      if (!batch) return;
      worker.postMessage('next');
      yield batch;
    }
    throw new BmcloudError('internal', 'The scan ended before its end');
  } finally {
    await worker.terminate();
  }
}

/** The same in the calling thread. @param windows what Windows tells besides. Default: the addon, where there is one */
export function scanInline(
  options: ScanOptions,
  windows: WindowsListing | undefined = loadFilesAddon(),
): Generator<ScanBatch> {
  checkNames(options);
  return walk(options, windows ? quickDisk() : walkersDisk(), undefined, windows);
}

function checkNames({ sources }: ScanOptions): void {
  const names = new Set(sources.map(({ name }) => name));
  if (names.size !== sources.length) throw new BmcloudError('internal', 'Two sources have the same name');
}

function workerFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}
