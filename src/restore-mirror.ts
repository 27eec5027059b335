import { existsSync, realpathSync } from 'node:fs';
import type { Overwrite } from './download/decide.ts';
import { makeTop } from './download/folders.ts';
import { foldsNames } from './download/folding.ts';
import { Outcome } from './download/outcome.ts';
import type { Target } from './download/target.ts';
import { BmcloudError } from './errors.ts';
import { throwIfInterrupted } from './flow/sleep.ts';
import { matchPaths, type PathMatcher } from './match-paths.ts';
import { asOf } from './mirror/as-of.ts';
import { Copiers } from './mirror/copiers.ts';
import { Holdings } from './mirror/holdings.ts';
import { inOrder } from './mirror/in-order.ts';
import { type Increment, listIncrements } from './mirror/increments.ts';
import { entryOfPlace, layoutOf } from './mirror/paths.ts';
import { type Chosen, MirrorFiles } from './mirror-files.ts';
import { shareMirror } from './mirror-lock.ts';
import type { OnEvent } from './model/events.ts';
import type { Moment } from './model/moment.ts';
import { isWithin } from './model/path.ts';
import { alone } from './target-lock.ts';

/** What is brought back from a mirror, and where to. */
export interface MirrorRestoreOptions {
  /** The folder that `mirror` made. */
  from: string;
  at: Moment;
  /** Paths or globs; none: everything. */
  paths: string[];
  /** An absolute path. */
  to: string;
  overwrite: Overwrite;
  /** Leave out what is not tracked. */
  trackedOnly?: boolean;
  signal?: AbortSignal;
  onEvent?: OnEvent;
}

/** What came back from a mirror. */
export interface MirrorRestoreResult {
  from: string;
  /** The state that was restored, and its moment. */
  increment: string;
  time: Date;
  target: string;
  files: number;
  directories: number;
  links: number;
  bytes: number;
  unchanged: number;
  /** Files that are not tracked: they are as they are in the mirror now, not as they were then. */
  current: number;
  failed: { path: string; reason: string; code: string }[];
}

/**
 * Brings back what stood in the folder of a mirror at a moment: tracked files as of then, the others as the mirror has them now.
 * No run mirrors to it meanwhile.
 * @throws `no-repository`, `busy`, `no-snapshot`, `not-found` when a path matches nothing; `damaged` (a record); `target`,
 *   `disk-full`, `interrupted`
 */
export async function restoreFromMirror(options: MirrorRestoreOptions): Promise<MirrorRestoreResult> {
  const from = existing(options.from);
  const lock = await shareMirror(from);
  try {
    return await alone([options.to], () => restoreFrom(from, options));
  } finally {
    await lock.release();
  }
}

async function restoreFrom(from: string, options: MirrorRestoreOptions): Promise<MirrorRestoreResult> {
  const increments = await listIncrements(from);
  const then = chosen(increments, options.at, from);
  const { onEvent: tell = () => {} } = options;
  const outcome = new Outcome(tell);
  const copiers = new Copiers({ durable: false });
  makeTop(options.to);
  tell({ type: 'phase', phase: 'restoring' });
  const files = new MirrorFiles({
    ...options,
    to: realpathSync(options.to),
    target: targetOf(then, options.to),
    layout: layoutOf(then.header.sources),
    holdings: new Holdings(from, increments),
    copiers,
    outcome,
  });
  const entries = () => selected(then, increments.at(-1) as Increment, options);
  try {
    await bringAll(entries(), files, outcome, options.signal);
  } finally {
    await copiers.close();
  }
  await settleAll(entries(), files);
  const { fetched: _, reused: __, deleted: ___, ...counts } = outcome.counts;
  const facts = { from, increment: then.name, time: new Date(then.header.time), target: options.to };
  return { ...facts, ...counts, current: files.current, failed: outcome.failed };
}

function existing(from: string): string {
  if (existsSync(from)) return realpathSync(from);
  throw new BmcloudError('no-repository', `${from} does not exist`, {
    hint: 'Check --from-mirror: it is the directory that "mirror" lies in',
  });
}

/** @throws `no-snapshot` */
function chosen(increments: Increment[], at: Moment, from: string): Increment {
  const found = stateAt(increments, at);
  if (found) return found;
  const first = increments[0];
  const hint = first ? `The first is of ${first.header.time}` : 'Make one with "bmcloud mirror DIR --to"';
  throw new BmcloudError('no-snapshot', `${from} has no state at that time`, { hint });
}

/** The state that is meant: the last that was made, or that of the newest moment at or before one. */
function stateAt(increments: Increment[], at: Moment): Increment | undefined {
  if ('latest' in at) return increments.at(-1);
  if ('time' in at) return newestThrough(increments, (at.through ?? at.time).getTime());
  return increments.findLast(({ header: { snapshot } }) => snapshot?.startsWith(at.snapshot));
}

/** Their numbers need not be in the order of their moments: a clock may be set back, and a snapshot may be an old one. */
function newestThrough(increments: Increment[], end: number): Increment | undefined {
  let newest: Increment | undefined;
  for (const increment of increments)
    if (momentOf(increment) <= end && !(newest && momentOf(increment) < momentOf(newest))) newest = increment;
  return newest;
}

function momentOf({ header: { time } }: Increment): number {
  return Date.parse(time);
}

function targetOf({ header: { sources, platform } }: Increment, to: string): Target {
  const root = { path: Buffer.from(to), below: false };
  const windows = process.platform === 'win32';
  const roots = new Map(sources.map(({ name }) => [name, root]));
  return { roots, windows, fromWindows: platform === 'windows', folds: foldsNames(to) };
}

/** @throws `usage`, `not-found` when an argument means nothing */
async function* selected(
  then: Increment,
  newest: Increment,
  { paths, trackedOnly = false }: MirrorRestoreOptions,
): AsyncGenerator<Chosen[]> {
  const { sources, platform } = then.header;
  const layout = layoutOf(sources);
  const trees = sources.map(({ name, path }) => ({ name, path: Buffer.from(path), kind: 'tree' as const }));
  const matcher: PathMatcher = matchPaths(paths, { sources: trees, platform });
  for await (const batch of asOf(then, newest)) {
    yield batch.flatMap((wanted) => {
      const { entry, isCurrent } = wanted;
      const path = entryOfPlace(layout, entry.path);
      const selected = matcher.matches(path);
      const isFolder = entry.type === 'directory';
      const isMeant = selected ? isFolder || !(trackedOnly && isCurrent) : isFolder && matcher.leadsTo(path);
      return isMeant ? [{ ...wanted, selected }] : [];
    });
  }
  const [missing] = matcher.unmatched();
  if (missing === undefined) return;
  throw new BmcloudError('not-found', `The mirror had no "${missing}" then`, {
    hint: `What it had is in ${then.file}`,
  });
}

async function bringAll(
  entries: AsyncIterable<Chosen[]>,
  files: MirrorFiles,
  outcome: Outcome,
  signal: AbortSignal | undefined,
): Promise<void> {
  const done = inOrder(entries, (wanted) => {
    throwIfInterrupted(signal);
    return wanted.selected ? files.bring(wanted) : undefined;
  });
  for await (const batch of done) if (batch.length > 0) outcome.progress();
}

/** Directories get their modes and times the deepest first: nothing changes them afterwards. */
async function settleAll(entries: AsyncIterable<Chosen[]>, files: MirrorFiles): Promise<void> {
  const open: Chosen[] = [];
  const leave = (path: Uint8Array | undefined) => {
    for (let top = open.at(-1); top && !(path && isWithin(path, top.entry.path)); top = open.at(-1)) {
      open.pop();
      files.settle(top);
    }
  };
  for await (const batch of entries) {
    for (const chosen of batch) {
      leave(chosen.entry.path);
      if (chosen.entry.type === 'directory') open.push(chosen);
    }
  }
  leave(undefined);
}
