import {
  chmodSync,
  closeSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { BmcloudError } from '../errors.ts';
import { makeDirectoriesSync } from '../flow/make-directories.ts';
import { isSystemError } from '../scan/problems.ts';
import { targetFailure } from './target-errors.ts';
import { COARSE, FINE } from './times.ts';

/** The folder that a mirror lies in, and what its file system can do. */
export interface Ground {
  to: string;
  /** The current copy. */
  mirror: string;
  /** The increment of a run that is not done. */
  unfinished: string;
  /** Times are as precise as this, in nanoseconds. */
  precision: number;
  /** The bits of a mode that are kept. */
  modeBits: number;
  hardLinks: boolean;
}

/** What is left of a run that was broken off. */
export const UNFINISHED = 'backup_unfinished';

/** Where everything lies below a folder that may not be there yet. */
export function placesIn(folder: string): Pick<Ground, 'to' | 'mirror' | 'unfinished'> {
  const to = followed(folder);
  return { to, mirror: join(to, 'mirror'), unfinished: join(to, UNFINISHED) };
}

function followed(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    if (isSystemError(error)) return folder; // not there: it is made as it is named
    throw error;
  }
}

/** Makes the folder and finds out what it can do. @throws `target`, `disk-full` */
export function prepareGround(places: Pick<Ground, 'to' | 'mirror' | 'unfinished'>): Ground {
  try {
    makeDirectoriesSync(places.mirror);
    const [above, mirror] = [lstatSync(places.to), lstatSync(places.mirror)];
    if (!mirror.isDirectory() || mirror.dev !== above.dev) throw notApart(places.mirror);
    return { ...places, ...probe(places.to) };
  } catch (error) {
    throw targetFailure(error, places.to);
  }
}

function notApart(mirror: string): BmcloudError {
  return new BmcloudError('target', `${mirror} is a link or a file system of its own`, {
    hint: 'The mirror and its increments must lie on one file system: files are moved from one to the other',
  });
}

const PROBE = '.bmcloud-probe';
/** Odd to the millisecond, and in a second that is odd: what cuts it off shows. */
const PROBE_TIME = 1_000_000_001.123;
function probe(to: string): Pick<Ground, 'precision' | 'modeBits' | 'hardLinks'> {
  const file = join(to, PROBE);
  const other = `${file}-link`;
  rmSync(other, { force: true });
  closeSync(openSync(file, 'w', 0o600));
  try {
    const descriptor = openSync(file, 'r+');
    try {
      futimesSync(descriptor, PROBE_TIME, PROBE_TIME);
    } finally {
      closeSync(descriptor);
    }
    const isFine = Math.abs(lstatSync(file).mtimeMs - PROBE_TIME * 1000) < 1;
    return { precision: isFine ? FINE : COARSE, modeBits: modeBitsOf(file), hardLinks: canLink(file, other) };
  } finally {
    rmSync(other, { force: true });
    rmSync(file, { force: true });
  }
}

function modeBitsOf(file: string): number {
  if (platform() === 'win32') return 0o200;
  try {
    const kept = [0o600, 0o751].every((mode) => {
      chmodSync(file, mode);
      return (lstatSync(file).mode & 0o777) === mode;
    });
    return kept ? 0o777 : 0;
  } catch (error) {
    if (isSystemError(error)) return 0; // a file system without modes
    throw error;
  }
}

function canLink(file: string, other: string): boolean {
  try {
    linkSync(file, other);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false; // then files are copied
    throw error;
  }
}

/** Gives the mirror itself the mode of an only source, before anything is copied. @throws `target` */
export function protectMirror({ to, mirror, modeBits }: Ground, mode: number | undefined): void {
  if (mode === undefined) return;
  try {
    if (((lstatSync(mirror).mode ^ mode) & modeBits) !== 0) chmodSync(mirror, mode);
  } catch (error) {
    throw targetFailure(error, to);
  }
}

/** Room for what is going to be written, and a little. @throws `disk-full` */
export function checkRoom(to: string, needed: number): void {
  const { bavail, bsize } = statfsSync(to);
  const free = bavail * bsize;
  if (needed <= free) return;
  throw new BmcloudError('disk-full', `${to} has ${free} bytes free, and ${needed} are needed`, {
    hint: 'Free some space, or delete the oldest increments: what only they have goes with them',
    data: { free, needed },
  });
}
