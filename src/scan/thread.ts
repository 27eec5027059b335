import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { BmcloudError } from '../errors.ts';
import { threadLimits } from '../flow/thread-limits.ts';
import type { ScanBatch, ScanOptions } from './batch.ts';
import type { ScanRange } from './range.ts';

/** Batches the walk may be ahead of its consumer. */
const BATCHES_AHEAD = 4;

type Answers = AsyncIterator<[ScanBatch | undefined]>;

/** A thread that walks one range after the other. */
export class ScanThread {
  readonly #worker: Worker;
  readonly #answers: Answers;

  constructor(options: ScanOptions) {
    this.#worker = new Worker(workerFile(), { workerData: options, resourceLimits: threadLimits.brief });
    this.#answers = on(this.#worker, 'message', { close: ['exit'] })[Symbol.asyncIterator]() as Answers;
    for (let asked = 0; asked < BATCHES_AHEAD; asked++) this.#worker.postMessage('next');
  }

  /** Has it walk a range behind those that it was given before. */
  walk(range: ScanRange): void {
    this.#worker.postMessage(range);
  }

  /** The batches of the first range whose batches nobody took yet. @throws what the thread died of, or `internal` */
  async *batches(): AsyncGenerator<ScanBatch> {
    for (;;) {
      const answer = await this.#answers.next();
      if (answer.done) throw new BmcloudError('internal', 'The scan ended before its end');
      this.#worker.postMessage('next');
      const [batch] = answer.value;
      if (!batch) return;
      yield batch;
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

function workerFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}
