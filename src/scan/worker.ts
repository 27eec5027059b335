import { parentPort, workerData } from 'node:worker_threads';
import { loadFilesAddon } from '../native/files.ts';
import type { ScanBatch, ScanOptions } from './batch.ts';
import { systemDisk } from './disk.ts';
import { readOwners } from './owners.ts';
import type { ScanRange } from './range.ts';
import { Walk } from './walk.ts';

/*
 * The walk in a thread of its own. A message is a range to go through, or asks for one batch, so whoever asks decides how far ahead
 * the walk may be; `undefined` answers that there are no more in the range.
 */

const walk = new Walk(workerData as ScanOptions, systemDisk, readOwners(), loadFilesAddon());
const ranges: ScanRange[] = [];
let batches: Generator<ScanBatch> | undefined;
let asked = 0;

parentPort?.on('message', (message: ScanRange | 'next') => {
  if (message === 'next') asked++;
  else ranges.push(message);
  while (asked > 0 && isUnderWay()) answer(batches?.next().value ?? undefined);
});

function isUnderWay(): boolean {
  if (!batches && ranges.length > 0) batches = walk.through(ranges.shift() as ScanRange);
  return batches !== undefined;
}

function answer(batch: ScanBatch | undefined): void {
  asked--;
  if (!batch) batches = undefined;
  parentPort?.postMessage(batch, batch ? [batch.run.buffer as ArrayBuffer] : []);
}
