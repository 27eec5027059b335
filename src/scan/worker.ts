import { parentPort, workerData } from 'node:worker_threads';
import type { ScanBatch, ScanOptions } from './batch.ts';
import { scanInline } from './scan.ts';

/*
 * The walk in a thread of its own. Every message that comes in asks for one batch, so whoever asks decides how far ahead the
 * walk may be; `undefined` answers that there are no more.
 */

const batches = scanInline(workerData as ScanOptions);

// In a turn of its own: Node hears of threads that have ended only between turns, and messages may follow one another in one.
parentPort?.on('message', () => setImmediate(() => answer(batches.next().value ?? undefined)));

function answer(batch: ScanBatch | undefined): void {
  parentPort?.postMessage(batch, batch ? [batch.run.buffer as ArrayBuffer] : []);
}
