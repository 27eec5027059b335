import { BmcloudError } from '../errors.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import type { Stat } from '../model/entry.ts';
import { isWithin } from '../model/path.ts';
import { look } from '../scan/look.ts';
import { Unseen } from '../scan/unseen.ts';
import { align, type Known } from './align.ts';
import { type Found, foundIn } from './found.ts';
import type { Ground } from './ground.ts';
import type { Increment } from './increments.ts';
import { isQuiet, judge, type Step } from './judge.ts';
import { entryOfPlace, layoutOf, movedSources } from './paths.ts';
import type { RecordEntry } from './record.ts';
import { readEntries } from './record-reader.ts';
import type { Blind, MirrorSource } from './source.ts';
import type { Failure } from './target-errors.ts';

export interface StepsOptions {
  source: MirrorSource;
  ground: Pick<Ground, 'mirror' | 'precision' | 'modeBits'>;
  last: Increment | undefined;
  notes: StepNotes;
}

/** Takes in what is no step. */
export interface StepNotes {
  /** The root of an only source, which is the mirror itself. */
  root(stat: Stat): void;
  /** What cannot be mirrored. */
  skip(path: string, failure: Failure): void;
  /** Something that no mirror has: a pipe, a socket, a device. */
  leaveOut(): void;
}

const MIRROR = 'mirror';

/** Goes through source, mirror and last record, and says what is to be done. @throws `source-missing`, `damaged` */
export async function* steps(options: StepsOptions): AsyncGenerator<Step[]> {
  const { source, ground, last, notes } = options;
  const layout = layoutOf(source.facts.sources);
  const moved = movedSources(last?.header.sources ?? [], source.facts.sources);
  const unseen = new Unseen();
  const inMirror = new Unseen();
  const blind = {
    lost: refuseLost(moved),
    unseen: (entry: Uint8Array) => unseen.add(entry),
    problem: (path: string, reason: string, code: string) => notes.skip(path, { reason, code }),
  };
  const judging = {
    ...ground,
    isMoving: moved.length > 0,
    isTracked: (known: Known) => source.isTracked(known),
    isUnseen: (path: Uint8Array) =>
      covers(unseen, entryOfPlace(layout, path)) ||
      covers(inMirror, Buffer.concat([Buffer.from(`${MIRROR}/`), path])),
  };
  const streams = {
    source: foundIn(source.entries(blind), layout, (stat) => notes.root(stat)),
    mirror: mirrorNow(ground.mirror, inMirror, notes),
    last: last ? present(readEntries(last)) : nothing(),
  };
  for await (const batch of align(streams)) {
    yield batch.flatMap((known) => {
      const meant = meantOf(known, options);
      return meant ? [judge(meant, judging)] : [];
    });
    const end = batch.at(-1)?.path;
    if (end) unseen.passed(entryOfPlace(layout, end));
  }
}

/** What the mirror has of a source that cannot be seen stays where it is, which must not be the place of something else. */
function refuseLost(moved: string[]): Blind['lost'] {
  return (lost, shown) => {
    if (!moved.includes(Buffer.from(lost).toString())) return;
    throw new BmcloudError(
      'source-missing',
      `${shown} cannot be read, and is to lie elsewhere in the mirror`,
      {
        hint: 'Check that the disk is mounted, or leave it out: among several sources each has a directory, an only one is the mirror itself',
      },
    );
  };
}

function covers(unseen: Unseen, path: Uint8Array): boolean {
  for (const hidden of unseen) if (isWithin(path, hidden)) return true;
  return false;
}

/** The mirror as it is now. A directory in it that cannot be read stays as it is. */
function mirrorNow(mirror: string, unseen: Unseen, notes: StepNotes): AsyncGenerator<Found[]> {
  const what = {
    sources: [{ name: MIRROR, path: Buffer.from(mirror) }],
    oneFileSystem: false,
    excludeCaches: false,
    defaultExcludes: 'none' as const,
    ownDirectories: [],
  };
  const run = look(what, ({ problems }) => {
    for (const { kind, path, native, message, code } of problems) {
      if (kind === 'source-missing') continue;
      unseen.add(path);
      notes.skip(native, { reason: message, code });
    }
  });
  return foundIn(run, { only: MIRROR });
}

async function* present(entries: AsyncIterable<RecordEntry[]>): AsyncGenerator<RecordEntry[]> {
  for await (const batch of entries) yield batch.filter(({ operation }) => operation !== 'deleted');
}

async function* nothing(): AsyncGenerator<never> {}

const MIRRORED = ['file', 'directory', 'symlink'];

/** What has no place in a mirror counts as if it were not there. */
function meantOf(known: Known, { source, notes }: StepsOptions): Known | undefined {
  const found = known.source;
  if (!found) return known;
  const rest = known.mirror || known.last ? { ...known, source: undefined } : undefined;
  if (!MIRRORED.includes(found.stat.type)) {
    notes.leaveOut();
    return rest;
  }
  const reason = source.refusal(found);
  if (reason === undefined) return known;
  notes.skip(source.show(found.entry), { reason, code: 'EINVAL' });
  return rest;
}

/** What a run would do. */
export interface Survey {
  /** Of files that would be read, and of these, of those that would be written. */
  bytes: number;
  written: number;
  new: number;
  changed: number;
  deleted: number;
  /** Files, links and directories that are there. */
  entries: number;
  /** Nothing at all. */
  isQuiet: boolean;
  /** All of it, if it is little: then nobody has to look once more. */
  kept: Step[][] | undefined;
}

const MOST_KEPT = 20_000;

/** @throws `interrupted`, and what the steps throw */
export async function survey(all: AsyncIterable<Step[]>, signal?: AbortSignal): Promise<Survey> {
  const result: Survey = {
    bytes: 0,
    written: 0,
    new: 0,
    changed: 0,
    deleted: 0,
    entries: 0,
    isQuiet: true,
    kept: [],
  };
  let count = 0;
  for await (const batch of all) {
    throwIfInterrupted(signal);
    for (const step of batch) addTo(result, step);
    count += batch.length;
    if (count > MOST_KEPT) result.kept = undefined;
    result.kept?.push(batch);
  }
  return result;
}

function addTo(result: Survey, step: Step): void {
  const { source, mirror, last, act, operation } = step;
  if (source) result.entries++;
  if (!isQuiet(step)) result.isQuiet = false;
  if (act === 'copy' || act === 'compare') {
    const size = source?.stat.size ?? 0;
    result.bytes += size;
    if (act === 'copy') result.written += size;
  }
  const type = source?.stat.type ?? last?.type ?? mirror?.stat.type;
  if (operation !== 'same' && type !== 'directory') result[operation]++;
}
