import { Arena } from '../model/arena.ts';
import { decodeStat, isTracked, marks, marksOf, type Stat } from '../model/entry.ts';
import { equalBytes } from '../model/ids.ts';
import { isWithin } from '../model/path.ts';
import { compareCursors, haveSameStat, type Run, RunCursor } from '../model/run.ts';
import type { Tally } from '../model/tally.ts';
import { sameTime } from '../model/time.ts';

/*
 * Diff: the merge of two sorted streams, what the last push left and what the scan finds now. Never two maps of a tree.
 */

/** A path that differs between the two streams. The byte strings are copies. */
export type Difference =
  | { kind: 'new'; path: Uint8Array; stat: Uint8Array; untracked?: true }
  /** Read it again: size, mtime, ctime, inode or type differ, or its last reading could not be trusted. */
  | { kind: 'changed'; path: Uint8Array; stat: Uint8Array; before: Before; untracked?: true }
  /** The same file under changed metadata, or another rule about its history: its bytes need not be read. */
  | { kind: 'touched'; path: Uint8Array; stat: Uint8Array; before: Before; untracked?: true }
  /** The same, if what its chunk list names is still stored: `stored` could not tell. */
  | { kind: 'unverified'; path: Uint8Array; stat: Uint8Array; before: Before; untracked?: true }
  | { kind: 'deleted'; path: Uint8Array; before: Before };

export interface Before {
  stat: Uint8Array;
  content: Uint8Array;
}

/** Marks that say: read me again, even if I look the same. */
const UNSURE = marks.racy | marks.changedWhileReading | marks.carriedOver;

/** Counts of a diff, complete when it ends. */
export interface DiffCounts {
  same: number;
  /** Entries below what could not be looked at: they stay as they were. */
  carried: number;
  /** Takes in all of these. */
  tally?: Tally;
}

export interface DiffOptions {
  /** Paths below which the scan could see nothing. May grow while the streams are read, ahead of `found`. */
  unseen: Iterable<Uint8Array>;
  /** Asked of entries that look the same: may their stored bytes still be relied on? Absent: always. */
  stored?: (content: Uint8Array) => boolean | 'unverified';
  counts: DiffCounts;
  batchSize?: number;
}

/**
 * Compares the previous state with what was found, both sorted.
 * @returns batches of differences in the order of paths.
 */
export async function* diff(previous: Run, found: Run, options: DiffOptions): AsyncGenerator<Difference[]> {
  const before = new RunCursor(previous, 'the last known state');
  const now = new RunCursor(found, 'the scan');
  try {
    yield* merge(before, now, options);
  } finally {
    // Whoever stops early stops the scan and closes the file, too.
    await Promise.all([before.close(), now.close()]);
  }
}

async function* merge(before: RunCursor, now: RunCursor, options: DiffOptions): AsyncGenerator<Difference[]> {
  const { counts, batchSize = 512 } = options;
  const arena = new Arena();
  let batch: Difference[] = [];
  if (!before.advance()) await before.refill();
  if (!now.advance()) await now.refill();
  while (!before.done || !now.done) {
    const order = before.done ? 1 : now.done ? -1 : compareCursors(before, now);
    const difference = differenceAt(order, before, now, arena, options);
    if (difference) batch.push(difference);
    else if (order === 0) {
      counts.same++;
      counts.tally?.add(now.stat());
    }
    if (order <= 0 && !before.advance()) await before.refill();
    if (order >= 0 && !now.advance()) await now.refill();
    if (batch.length >= batchSize) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function differenceAt(order: number, before: RunCursor, now: RunCursor, arena: Arena, options: DiffOptions) {
  if (order < 0) return gone(before, arena, options);
  return order > 0 ? added(now, arena) : compared(before, now, arena, options);
}

function added(now: RunCursor, arena: Arena): Difference {
  return { kind: 'new', ...placeOf(now, arena), ...tracking(now) };
}

function gone(before: RunCursor, arena: Arena, { unseen, counts }: DiffOptions): Difference | undefined {
  const path = before.path();
  for (const hidden of unseen) {
    if (!isWithin(path, hidden)) continue;
    counts.carried++;
    counts.tally?.add(before.stat());
    return undefined;
  }
  return { kind: 'deleted', path: pathOf(before, arena), before: beforeOf(before, arena) };
}

function compared(
  before: RunCursor,
  now: RunCursor,
  arena: Arena,
  options: DiffOptions,
): Difference | undefined {
  const kind = kindOf(before, now, options);
  if (!kind) return undefined;
  return { kind, ...placeOf(now, arena), before: beforeOf(before, arena), ...tracking(now) };
}

/** A path whose history nobody wants: the scan says so in its content. */
function tracking(now: RunCursor): { untracked?: true } {
  return isTrackedAt(now) ? {} : { untracked: true };
}

function kindOf(before: RunCursor, now: RunCursor, { stored }: DiffOptions) {
  const content = before.content();
  if ((marksOf(content) & UNSURE) !== 0) return 'changed';
  const isStored = stored?.(content) ?? true;
  if (isStored === false) return 'changed';
  const identical = haveSameStat(before, now);
  if (!identical && !sameFile(decodeStat(before.stat()), decodeStat(now.stat()))) return 'changed';
  if (isStored === 'unverified') return 'unverified';
  return identical && isTracked(content) === isTrackedAt(now) ? undefined : 'touched';
}

/** Few entries of a scan have a content: no view is made of none. */
function isTrackedAt(cursor: RunCursor): boolean {
  return cursor.statEnd === cursor.end || isTracked(cursor.content());
}

function placeOf(now: RunCursor, arena: Arena): { path: Uint8Array; stat: Uint8Array } {
  return { path: pathOf(now, arena), stat: statOf(now, arena) };
}

function beforeOf(before: RunCursor, arena: Arena): Before {
  return { stat: statOf(before, arena), content: arena.copy(before.batch, before.statEnd, before.end) };
}

function pathOf({ batch, pathStart, pathEnd }: RunCursor, arena: Arena): Uint8Array {
  return arena.copy(batch, pathStart, pathEnd);
}

function statOf({ batch, statStart, statEnd }: RunCursor, arena: Arena): Uint8Array {
  return arena.copy(batch, statStart, statEnd);
}

/** True unless size, mtime, ctime, inode or type differ. */
export function sameFile(a: Stat, b: Stat): boolean {
  return (
    a.type === b.type &&
    a.size === b.size &&
    sameTime(a.mtime, b.mtime) &&
    sameTime(a.ctime, b.ctime) &&
    a.inode === b.inode &&
    sameTarget(a.target, b.target)
  );
}

function sameTarget(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}
