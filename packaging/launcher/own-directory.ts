import { chmodSync, lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import path from 'node:path';
import { codeOf, StartError } from './start-error.ts';

const hint = 'Set XDG_CACHE_HOME to a directory that only you can write.';

/**
 * Makes `steps` within `base`, as directories of ours that others cannot write, the last one closed to others altogether.
 * @returns the last one, without symbolic links
 * @throws StartError if others can write there, or could exchange a directory on the way
 */
export function makeOwn(base: string, steps: string[], uid: number): string {
  const real = made(base);
  checkWay(path.dirname(real), uid);
  let directory = real;
  check(directory, uid, isOurs);
  for (const step of steps) {
    directory = path.join(directory, step);
    makeOne(directory);
    check(directory, uid, isOurs);
  }
  if ((lstatSync(directory).mode & 0o777) !== 0o700) chmodSync(directory, 0o700);
  return directory;
}

function made(base: string): string {
  try {
    mkdirSync(base, { recursive: true, mode: 0o700 });
    return realpathSync(base);
  } catch (error) {
    throw new StartError(`${base} cannot be made: ${(error as Error).message}`, hint, error);
  }
}

function makeOne(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    throw new StartError(`${directory} cannot be made: ${(error as Error).message}`, hint, error);
  }
}

/** All directories above: who can write one, can put another in our place. */
function checkWay(directory: string, uid: number): void {
  check(directory, uid, (stats) => {
    // In a directory such as /tmp nobody can rename what belongs to another.
    const sticky = (stats.mode & 0o1000) !== 0;
    return (stats.uid === 0 || stats.uid === uid) && (sticky || !othersWrite(stats, uid));
  });
  const above = path.dirname(directory);
  if (above !== directory) checkWay(above, uid);
}

function isOurs(stats: Stats, uid: number): boolean {
  return stats.isDirectory() && stats.uid === uid && !othersWrite(stats, uid);
}

/** A group of the same number as the user is his alone, by the custom of Linux. */
function othersWrite({ mode, gid }: Stats, uid: number): boolean {
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== uid);
}

function check(directory: string, uid: number, isGood: (stats: Stats, uid: number) => boolean): void {
  if (isGood(lstatSync(directory), uid)) return;
  throw new StartError(`Others can write ${directory}, so bmcloud does not run from there`, hint);
}
