import { existsSync } from 'node:fs';
import { BmcloudError } from './errors.ts';
import { checkRoom, type Ground, placesIn, prepareGround, protectMirror } from './mirror/ground.ts';
import { type Increment, listIncrements } from './mirror/increments.ts';
import { type MirrorSkipped, Outcome } from './mirror/outcome.ts';
import { type MirrorStatistics, noStatistics } from './mirror/record.ts';
import { readTrailer } from './mirror/record-reader.ts';
import { finishLeftover, run } from './mirror/run.ts';
import type { MirrorSource } from './mirror/source.ts';
import { type StepsOptions, type Survey, steps, survey } from './mirror/steps.ts';
import { lockMirror } from './mirror-lock.ts';
import { type MirrorFrom, sourceOf } from './mirror-source.ts';
import type { OnEvent } from './model/events.ts';
import { askOwners } from './upload/system.ts';

export type { MirrorSkipped };

/** What is mirrored, and where. */
export interface MirrorOptions {
  /** The folder: the current copy goes to `mirror` in it, increments beside that. An absolute path. */
  to: string;
  from: MirrorFrom;
  /** The sources are meant to be others than those of the mirror that is there. */
  otherSources?: boolean;
  /** Say what would be done, and do nothing. */
  dryRun: boolean;
  signal?: AbortSignal;
  onEvent?: OnEvent;
}

type ToldOptions = MirrorOptions & { onEvent: OnEvent };

/** What a run of a mirror has done. */
export interface MirrorResult {
  to: string;
  /** The moment that the mirror shows. */
  time: Date;
  /** The snapshot it was taken from. */
  snapshot?: string;
  /** The increment that was made; absent when nothing had changed. */
  increment?: string;
  start: Date;
  end: Date;
  /** Files and links in the mirror, and what the increment holds. */
  statistics: MirrorStatistics;
  bytesCopied: number;
  /** Pipes, sockets, devices. */
  leftOut: number;
  /** Files that changed each time they were read: what the mirror has of them may be of several moments; the next run reads them again. */
  changing: number;
  skipped: MirrorSkipped[];
}

/**
 * Brings a browsable copy up to date, and keeps in an increment what changed: source, mirror and last record → what is to be done →
 * room for it → copies → record. A run that is broken off is gone on with by the next.
 * @throws `source-missing`, `source-empty`, `target`, `disk-full`, `busy`, `damaged` (a record), `interrupted`; from a repository
 *   also as `restore`
 */
export async function mirror(given: MirrorOptions): Promise<MirrorResult> {
  const options: ToldOptions = { ...given, onEvent: given.onEvent ?? (() => {}) };
  const start = new Date();
  const places = placesIn(options.to);
  const source = await sourceOf(options.from, places, { now: start, ...options });
  try {
    return options.dryRun
      ? await preview({ ...places, ...GUESSED }, source, options, start)
      : await mirrorAlone(places, source, options, start);
  } finally {
    await source.close();
  }
}

/** Nobody else mirrors to the folder meanwhile, or reads there. */
async function mirrorAlone(
  places: ReturnType<typeof placesIn>,
  source: MirrorSource,
  options: ToldOptions,
  start: Date,
): Promise<MirrorResult> {
  const lock = await lockMirror(places.to);
  try {
    const ground = prepareGround(places);
    finishLeftover(ground);
    return await bringUpToDate(ground, source, options, start);
  } finally {
    await lock.release();
  }
}

async function bringUpToDate(
  ground: Ground,
  source: MirrorSource,
  options: ToldOptions,
  start: Date,
): Promise<MirrorResult> {
  const { onEvent, signal } = options;
  const last = await lastIncrement(ground.to, source, options);
  const before = await statisticsOf(last);
  const outcome = new Outcome(onEvent, before.deletedKept);
  const plan = await planOf({ source, ground, last, notes: outcome }, options);
  protectMirror(ground, outcome.rootMode);
  if (plan.isQuiet && last && !existsSync(ground.unfinished)) outcome.statistics = before;
  checkRoom(ground.to, roomFor(plan, ground));
  const increment =
    outcome.statistics === before
      ? undefined
      : await run({ source, ground, last, outcome, start, signal, plan });
  await outcome.nameOwners((paths) =>
    askOwners(
      paths.map((path) => Buffer.from(path)),
      signal,
    ),
  );
  outcome.tellSkipped();
  return resultOf(ground.to, source, outcome, start, increment);
}

async function planOf(options: StepsOptions, { onEvent, signal }: ToldOptions): Promise<Survey> {
  onEvent({ type: 'phase', phase: 'planning' });
  const plan = await survey(steps(options), signal);
  onEvent({ type: 'phase', phase: 'mirroring' });
  return plan;
}

/** What the file system of a folder can do is found out by writing to it: here it is guessed. */
const GUESSED = { precision: 2_000_000_000, modeBits: 0, hardLinks: true };

async function preview(
  ground: Ground,
  source: MirrorSource,
  options: ToldOptions,
  start: Date,
): Promise<MirrorResult> {
  const last = await lastIncrement(ground.to, source, options);
  const before = await statisticsOf(last);
  const outcome = new Outcome(options.onEvent, before.deletedKept);
  const plan = await planOf({ source, ground, last, notes: outcome }, options);
  outcome.statistics = { ...before, new: plan.new, changed: plan.changed, deleted: plan.deleted };
  outcome.bytesCopied = plan.written;
  outcome.tellSkipped();
  return resultOf(ground.to, source, outcome, start, undefined);
}

/** Tracked files are copied twice where there are no hard links. */
function roomFor({ written }: Survey, { hardLinks }: Ground): number {
  return hardLinks ? written : written * 2;
}

/** @throws `target` when the folder is the mirror of something else */
async function lastIncrement(
  to: string,
  source: MirrorSource,
  { otherSources = false }: MirrorOptions,
): Promise<Increment | undefined> {
  const last = (await listIncrements(to)).at(-1);
  if (!last || otherSources) return last;
  const known = new Set(last.header.sources.map(({ path }) => path));
  if (source.facts.sources.some(({ path }) => known.has(path))) return last;
  throw new BmcloudError('target', `${to} is the mirror of ${[...known].join(', ')}`, {
    hint: 'Choose another directory with --to; if these are its sources now, say --other-sources',
  });
}

/** What the mirror had when its last increment was made. */
async function statisticsOf(last: Increment | undefined): Promise<MirrorStatistics> {
  if (!last) return { ...noStatistics };
  const { statistics } = await readTrailer(last);
  return { ...statistics, new: 0, changed: 0, deleted: 0 };
}

function resultOf(
  to: string,
  { time, facts: { snapshot } }: MirrorSource,
  outcome: Outcome,
  start: Date,
  increment: string | undefined,
): MirrorResult {
  const { statistics, bytesCopied, leftOut, changing, skipped } = outcome;
  return {
    to,
    time,
    ...(snapshot !== undefined && { snapshot }),
    ...(increment !== undefined && { increment }),
    start,
    end: new Date(),
    statistics,
    bytesCopied,
    leftOut,
    changing,
    skipped,
  };
}
