import { parentPort, workerData } from 'node:worker_threads';
import type { ScanBatch, ScanOptions } from './batch.ts';
import { scanInline } from './scan.ts';

/*
 * The walk in a thread of its own. Every message that comes in asks for one batch, so whoever asks decides how far ahead the
 * walk may be; `undefined` answers that there are no more.
 */

const batches = scanInline(workerData as ScanOptions);

// Not at once: messages may follow one another in one turn of Node's, and it hears of threads that have ended only between turns.
parentPort?.on('message', () => setImmediate(() => answer(batches.next().value ?? undefined)));

function answer(batch: ScanBatch | undefined): void {
  parentPort?.postMessage(batch, batch ? [batch.run.buffer as ArrayBuffer] : []);
}
