import { hash } from 'node:crypto';
import { sep } from 'node:path';
import { isBmcloudError } from '../errors.ts';
import { checkPath } from '../model/path.ts';
import type { NativePath } from '../scan/disk.ts';
import { joinNative, nativeOf, nativePath } from '../scan/native-path.ts';

/*
 * Where entries go. Paths come from a store, and from other systems: what could lead out of the target, or mean something else
 * here than there, has no place. Links are the business of `folders.ts`.
 */

/** Plain data: it goes to worker threads. */
export interface Target {
  /** By the name of a source: where its root goes, absolute. */
  roots: Map<string, Root>;
  /** The system here has Windows' rules for names. */
  windows: boolean;
  /** The names were made by a Windows system. */
  fromWindows: boolean;
  /** Names that differ only in case are one there (`folding.ts`). */
  folds: boolean;
}

export interface Root {
  /** Absolute native path. */
  path: Uint8Array;
  /** A source that is no directory goes below `path` with its own name, not in its place. */
  below: boolean;
}

const SLASH = 0x2f;
const MAX_PATH_BYTES = 65_535;
const ELSEWHERE = 'its path leads elsewhere or cannot be';

/** Why an entry cannot be restored to this target; undefined when it can. */
export function refusalOf(target: Target, path: Uint8Array): string | undefined {
  try {
    checkPath(path, 'the snapshot');
  } catch (error) {
    if (isBmcloudError(error, 'damaged')) return ELSEWHERE;
    throw error;
  }
  if (!target.roots.has(sourceOf(path))) return 'its source is not one of the snapshot';
  return refusalOfNames(target, path);
}

/** The same of an entry in a directory that can be restored: `start` is where its name begins. */
export function refusalOfName(target: Target, path: Uint8Array, start: number): string | undefined {
  if (isPlain(path, start) && !target.windows && !target.fromWindows) return undefined;
  const name = path.subarray(start);
  try {
    checkPath(name, 'the snapshot');
  } catch (error) {
    if (isBmcloudError(error, 'damaged')) return ELSEWHERE;
    throw error;
  }
  return path.length > MAX_PATH_BYTES ? ELSEWHERE : refusalOfNames(target, name);
}

const DOT = 0x2e;
const PLAIN_NAME_BYTES = 255;

/** Whether a name is like nearly all: they are looked at where they lie. */
function isPlain(path: Uint8Array, start: number): boolean {
  const length = path.length - start;
  if (length < 1 || length > PLAIN_NAME_BYTES || path.length > MAX_PATH_BYTES || path[start] === DOT)
    return false;
  for (let i = start; i < path.length; i++) if (path[i] === 0 || path[i] === SLASH) return false;
  return true;
}

/** A separator of the other system inside a name: a name here may hold a backslash, one made there may not. */
function refusalOfNames({ windows, fromWindows }: Target, path: Uint8Array): string | undefined {
  if (!windows && !fromWindows) return undefined;
  if (path.includes(0x5c)) return 'its name has a backslash, which separates directories on Windows';
  return windows ? windowsRefusal(path) : undefined;
}

/**
 * Names of devices (`CON`), and dots and spaces at the end, are names like others in the `\\?\` form of a path, which Node gives to
 * all of ours; but whoever opens them otherwise must not get above.
 */
function windowsRefusal(path: Uint8Array): string | undefined {
  for (const name of Buffer.from(path).toString('utf8').split('/')) {
    if (/[<>:"|?*\p{Cc}]/u.test(name)) return 'its name has a character that Windows does not allow';
    if (/^[. ]+$/.test(name))
      return 'its name has only dots and spaces, which can mean a directory above on Windows';
  }
  return undefined;
}

function sourceOf(path: Uint8Array): string {
  const slash = path.indexOf(SLASH);
  return Buffer.from(slash === -1 ? path : path.subarray(0, slash)).toString('utf8');
}

/** Where an entry goes. Ask `refusalOf` first. */
export function placeOf(target: Target, path: Uint8Array, isDirectory: boolean): NativePath {
  const root = target.roots.get(sourceOf(path)) as Root;
  if (path.includes(SLASH)) return nativePath(root.path, path);
  return root.below && !isDirectory ? joinNative(nativeOf(root.path), nativeOf(path)) : nativeOf(root.path);
}

/** How the names of files that are only there for a while begin. */
export const DRAFT = '.bmcloud-';

/**
 * Where a file is written before it gets its name: beside it, and the same in every run, so that a run that was broken off is
 * gone on with.
 */
export function draftOf(place: NativePath): NativePath {
  const name = DRAFT + hash('sha256', place, 'hex').slice(0, 20);
  const end = place.lastIndexOf(sep) + 1;
  if (typeof place === 'string') return place.slice(0, end) + name;
  return Buffer.concat([place.subarray(0, end), Buffer.from(name)]);
}
