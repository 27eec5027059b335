import { hash } from 'node:crypto';
import type { ReadMember } from '../archive/member.ts';
import { foldsNames } from '../download/folding.ts';
import { nameKey } from '../download/name-key.ts';
import { placeOf, refusalOf, type Target } from '../download/target.ts';
import type { NativePath } from '../scan/disk.ts';
import { nativeOf } from '../scan/native-path.ts';

/*
 * From names in archives, which anybody may have written, to paths below a directory.
 */

/** Stands for the directory in paths; members never name it. */
const ROOT = 'archive';
const SLASH = 0x2f;
const BACKSLASH = 0x5c;

/** A member's path below the directory, in components; empty for the directory itself. */
export type CleanName = { path: Uint8Array } | { refusal: string };

/** Drops what means nothing (`./`, `//`, a slash at the end), and refuses what leads elsewhere. */
export function cleanName(name: Uint8Array, { fromWindows }: Pick<ReadMember, 'fromWindows'>): CleanName {
  if (name.includes(0)) return { refusal: 'its name has a NUL' };
  if (name[0] === SLASH) return { refusal: 'its name is an absolute path' };
  if (fromWindows && name.includes(BACKSLASH))
    return { refusal: 'its name has a backslash, which separates directories on Windows' };
  const text = Buffer.from(name).toString('latin1');
  if (fromWindows && /^[a-z]:/i.test(text)) return { refusal: 'its name begins with a drive' };
  const components = text.split('/').filter((component) => component !== '' && component !== '.');
  if (components.includes('..')) return { refusal: 'its name leads out of the directory (..)' };
  return { path: Buffer.from(components.join('/'), 'latin1') };
}

/** Everything goes below one directory, which is there. @param directory absolute, without links */
export function targetBelow(directory: Uint8Array): Target {
  const roots = new Map([[ROOT, { path: directory, below: false }]]);
  return {
    roots,
    windows: process.platform === 'win32',
    fromWindows: false,
    folds: foldsNames(nativeOf(directory)),
  };
}

/** Where a path goes, or why it goes nowhere: the same rules as those of a restore. */
export function placeBelow(
  target: Target,
  path: Uint8Array,
  isDirectory: boolean,
): { place: NativePath } | { refusal: string } {
  const inside = path.length === 0 ? Buffer.from(ROOT) : Buffer.concat([Buffer.from(`${ROOT}/`), path]);
  const refusal = refusalOf(target, inside);
  return refusal === undefined ? { place: placeOf(target, inside, isDirectory) } : { refusal };
}

/** Two names are one path where the target takes them for one. Archives may name millions: a hash is less than a path. */
export function keyOf({ folds }: Target, path: Uint8Array): string {
  return hash('sha256', nameKey(path, folds), 'base64').slice(0, 22);
}
