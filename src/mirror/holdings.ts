import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sameTime } from '../model/time.ts';
import type { Timestamp } from '../model/wire.ts';
import type { NativePath } from '../scan/disk.ts';
import { nameBytes } from '../scan/listing.ts';
import { nativePath } from '../scan/native-path.ts';
import { isGone } from '../scan/problems.ts';
import { UNFINISHED } from './ground.ts';
import type { Increment } from './increments.ts';
import type { RecordEntry } from './record.ts';
import { asideOf, DELETED, TRACK } from './shelf.ts';
import { statTimes } from './stat-times.ts';
import { COARSE, distance, FINE } from './times.ts';

/** What a version is known by. */
type Sought = Pick<RecordEntry, 'path' | 'size' | 'mtime' | 'heldBy'>;

/** A directory that versions lie in. */
interface Root {
  path: string;
  /** Times are cut off here. */
  cuts: boolean;
  /** The record says that the version is here. */
  isNamed?: boolean;
}

/**
 * Where a folder has the version of a file that a record names: in its increment, in the mirror, or, if somebody deleted that
 * increment, where a later one kept what it replaced or lost. Never behind a link.
 *
 * A version is known by its size and time. Only where times are cut off another time may be that version's: which file systems do
 * so, the times of the records tell, for the folder may be one that cannot be written to.
 */
export class Holdings {
  readonly #from: string;
  readonly #mirror: Root;
  readonly #kept: Root[];

  /** @param from the folder, without links in its path. @param increments the oldest first */
  constructor(from: string, increments: Increment[]) {
    this.#from = from;
    const all = increments.map(({ name, file }) => ({ name, cuts: isCut(timeOf(file)) }));
    const cuts = all.at(-1)?.cuts ?? false;
    this.#mirror = { path: join(from, 'mirror'), cuts };
    this.#kept = [...all, { name: UNFINISHED, cuts }].flatMap((one) =>
      [TRACK, DELETED].map((part) => ({ path: join(from, one.name, part), cuts: one.cuts })),
    );
  }

  /** @param isCurrent whatever the mirror has now is right */
  find(entry: Sought, isCurrent: boolean): NativePath | undefined {
    if (isCurrent) return this.#fileAt(placeIn(this.#mirror, entry))?.place;
    let best: { place: NativePath; off: number } | undefined;
    for (const root of this.#rootsOf(entry)) {
      for (const file of this.#allAt(root, entry)) {
        const off = offBy(file, entry, root);
        if (off === 0) return file.place;
        if (off < (best?.off ?? Number.POSITIVE_INFINITY)) best = { place: file.place, off };
      }
    }
    return best?.place;
  }

  /** Where it should be comes first. */
  #rootsOf({ heldBy }: Sought): Root[] {
    const others = [this.#mirror, ...this.#kept];
    if (heldBy === undefined) return others;
    const path = join(this.#from, heldBy, TRACK);
    const { cuts } = this.#kept.find((root) => root.path === path) ?? this.#mirror;
    return [{ path, cuts, isNamed: true }, ...others];
  }

  /** What has its place, and what was set aside for that. */
  *#allAt(root: Root, entry: Sought): Generator<HeldFile> {
    const place = placeIn(root, entry);
    const file = this.#fileAt(place);
    if (file) yield file;
    if (!root.path.endsWith(DELETED)) return;
    for (let number = 1; ; number++) {
      const aside = this.#fileAt(asideOf(place, number));
      if (!aside) return;
      yield aside;
    }
  }

  #fileAt(place: NativePath): HeldFile | undefined {
    try {
      const stats = lstatSync(place, { bigint: true });
      return stats.isFile() && isPlain(place) ? { place, ...statTimes(stats) } : undefined;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }
}

type Times = ReturnType<typeof statTimes>;
type HeldFile = Times & { place: NativePath };

function placeIn(root: Root, { path }: Sought): NativePath {
  return nativePath(Buffer.from(root.path), Buffer.concat([Buffer.from('x/'), path]));
}

/** How far a file is from being a version: 0, as its time says; Infinity, it is another. */
function offBy(file: Times, { size, mtime }: Sought, { cuts, isNamed = false }: Root): number {
  const off = file.size === size ? distance(file.mtime, mtime) : Number.POSITIVE_INFINITY;
  if (off <= FINE) return 0;
  if (!cuts || !isCut(file.mtime) || off > COARSE) return Number.POSITIVE_INFINITY;
  // Times are cut off rather than rounded, but Windows rounds.
  return isNamed || isCutFrom(file.mtime, mtime) ? FINE : off;
}

/** exFAT has hundredths of a second. */
const HUNDREDTH = 10_000_000;

/** Elsewhere hardly one time in a million looks so. */
function isCut({ nanos }: Timestamp): boolean {
  return nanos % HUNDREDTH === 0;
}

/** To a hundredth, a second, or, as FAT does it, to two. */
function isCutFrom(cut: Timestamp, { seconds, nanos }: Timestamp): boolean {
  const hundredth = { seconds, nanos: nanos - (nanos % HUNDREDTH) };
  const two = { seconds: 2 * Math.floor(seconds / 2), nanos: 0 };
  return [hundredth, { seconds, nanos: 0 }, two].some((one) => sameTime(one, cut));
}

function timeOf(file: string): Timestamp {
  return statTimes(lstatSync(file, { bigint: true })).mtime;
}

/** No part of its path is a link. */
function isPlain(place: NativePath): boolean {
  if (typeof place === 'string') return realpathSync(dirname(place)) === dirname(place);
  const directory = dirname(nameBytes(place).toString('latin1'));
  return realpathSync(Buffer.from(directory, 'latin1'), 'buffer').toString('latin1') === directory;
}
