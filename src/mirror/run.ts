import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { whenFreeSync } from '../flow/held-files.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import type { Ground } from './ground.ts';
import { inOrder } from './in-order.ts';
import { freeName, type Increment, recordFile } from './increments.ts';
import type { Step } from './judge.ts';
import type { Outcome } from './outcome.ts';
import { INCREMENT, type RecordHeader } from './record.ts';
import { RecordWriter } from './record-writer.ts';
import { Shelf } from './shelf.ts';
import type { MirrorSource } from './source.ts';
import { type Survey, steps } from './steps.ts';
import { targetFailure } from './target-errors.ts';
import { Work } from './work.ts';

export interface RunOptions {
  source: MirrorSource;
  ground: Ground;
  last: Increment | undefined;
  outcome: Outcome;
  start: Date;
  signal: AbortSignal | undefined;
  plan: Survey;
}

/**
 * Brings the mirror up to date, and makes the increment.
 * @returns its name; undefined when everything was as it should be
 * @throws `disk-full`, `target`, `damaged`, `interrupted`
 */
export async function run(options: RunOptions): Promise<string | undefined> {
  const { ground, source, last, outcome } = options;
  try {
    const own = freeName(ground.to, source.time);
    const shelf = new Shelf(ground);
    const record = new RecordWriter(recordFile(ground.unfinished, own), own, headerOf(source, last));
    await fill(record, new Work({ ...options, shelf, own }), options);
    shelf.close();
    if (!outcome.changed && !shelf.resumed) {
      rmSync(ground.unfinished, { recursive: true });
      return undefined;
    }
    return nameUnfinished(ground, own);
  } catch (error) {
    throw targetFailure(error, ground.to);
  }
}

function headerOf({ facts, time }: MirrorSource, last: Increment | undefined): RecordHeader {
  const number = (last?.header.number ?? 0) + 1;
  return { program: 'bmcloud mirror', format: 1, number, time: time.toISOString(), ...facts };
}

async function fill(record: RecordWriter, work: Work, options: RunOptions): Promise<void> {
  const { outcome, start, signal, plan } = options;
  outcome.expect(plan.entries, plan.bytes);
  if (!plan.kept) outcome.forget();
  try {
    const all = plan.kept ? listed(plan.kept) : steps({ ...options, notes: outcome });
    const lines = inOrder(all, (step) => {
      throwIfInterrupted(signal);
      return work.carryOut(step);
    });
    for await (const batch of lines) {
      for (const line of batch) {
        if (line) outcome.count(line);
        if (line) record.add(line);
      }
      outcome.seen += batch.length;
      outcome.progress();
    }
    work.finish();
  } catch (error) {
    record.close();
    throw error;
  }
  const { statistics } = outcome;
  const skipped = outcome.skipped.map(({ path, reason, code }) => ({ path, reason, code }));
  record.finish({ statistics, skipped, start: start.toISOString(), end: new Date().toISOString() });
}

async function* listed(batches: Step[][]): AsyncGenerator<Step[]> {
  yield* batches;
}

/** With this the increment is there. */
function nameUnfinished({ to, unfinished }: Ground, own: string): string {
  whenFreeSync(() => renameSync(unfinished, join(to, own)));
  if (platform() !== 'win32') syncDirectory(to);
  return own;
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** An increment that had its record, and not yet its name, when a run was broken off: it is whole. */
export function finishLeftover(ground: Ground): void {
  const { to, unfinished } = ground;
  if (!existsSync(unfinished)) return;
  const record = readdirSync(unfinished).find(
    (name) => INCREMENT.test(name.replace(/\.json$/, '')) && name.endsWith('.json'),
  );
  const own = record?.slice(0, -'.json'.length);
  if (own === undefined) return;
  rmSync(join(unfinished, 'drafts'), { recursive: true, force: true });
  if (existsSync(join(to, own))) rmSync(join(unfinished, `${own}.json`));
  else nameUnfinished(ground, own);
}
