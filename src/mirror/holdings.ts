import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NativePath } from '../scan/disk.ts';
import { nameBytes } from '../scan/listing.ts';
import { nativePath } from '../scan/native-path.ts';
import { isGone } from '../scan/problems.ts';
import { UNFINISHED } from './ground.ts';
import type { Increment } from './increments.ts';
import { isVersion } from './judge.ts';
import type { RecordEntry } from './record.ts';
import { asideOf, DELETED, TRACK } from './shelf.ts';
import { statTimes } from './stat-times.ts';
import { COARSE, FINE } from './times.ts';

/**
 * Where a folder has the version of a file that a record names: in its increment, in the mirror, or, if somebody deleted that
 * increment, where a later one kept what it replaced or lost. Never behind a link.
 */
export class Holdings {
  readonly #from: string;
  readonly #kept: string[];

  /** @param from the folder, without links in its path. @param increments the oldest first */
  constructor(from: string, increments: Increment[]) {
    this.#from = from;
    const later = [...increments.map(({ name }) => name), UNFINISHED];
    this.#kept = later.flatMap((name) => [join(from, name, TRACK), join(from, name, DELETED)]);
  }

  /** @param isCurrent whatever the mirror has now is right */
  find(entry: RecordEntry, isCurrent: boolean): NativePath | undefined {
    const mirror = join(this.#from, 'mirror');
    if (isCurrent) return this.#fileAt(placeIn(mirror, entry))?.place;
    const holder = entry.heldBy === undefined ? [] : [join(this.#from, entry.heldBy, TRACK)];
    let blurred: NativePath | undefined;
    for (const root of [...holder, mirror, ...this.#kept]) {
      for (const file of this.#allAt(root, entry)) {
        if (isVersion(file, entry, FINE)) return file.place;
        if (isCutOff(file) && isVersion(file, entry, COARSE)) blurred ??= file.place;
      }
    }
    return blurred;
  }

  /** What has its place, and what was set aside for that. */
  *#allAt(root: string, entry: RecordEntry): Generator<HeldFile> {
    const place = placeIn(root, entry);
    const file = this.#fileAt(place);
    if (file) yield file;
    if (!root.endsWith(DELETED)) return;
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

function placeIn(root: string, { path }: RecordEntry): NativePath {
  return nativePath(Buffer.from(root), Buffer.concat([Buffer.from('x/'), path]));
}

/** FAT keeps seconds by two, exFAT hundredths of one. Elsewhere another version may be only a little older. */
const CUT = 10_000_000;

function isCutOff({ mtime }: Times): boolean {
  return mtime.nanos % CUT === 0;
}

/** No part of its path is a link. */
function isPlain(place: NativePath): boolean {
  if (typeof place === 'string') return realpathSync(dirname(place)) === dirname(place);
  const directory = dirname(nameBytes(place).toString('latin1'));
  return realpathSync(Buffer.from(directory, 'latin1'), 'buffer').toString('latin1') === directory;
}
