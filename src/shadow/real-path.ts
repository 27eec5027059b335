import { realpath } from 'node:fs/promises';
import { win32 } from 'node:path';
import { systemCodeOf } from '../errors.ts';

/** Directories whose true place is remembered: files come directory by directory. */
const REMEMBERED = 1024;

/**
 * Where an absolute path truly lies: links among its directories are followed, and the last name too if it is to be. What is gone
 * by now stays by its name.
 */
export type RealPath = (path: Uint8Array, followLast?: boolean) => Promise<Uint8Array>;

/** How paths of a system are put together, and asked for. */
interface PathRules {
  separator: '/' | '\\';
  /** How many bytes of a path are its root, with its separator. */
  rootLength(path: Buffer): number;
  realPath(path: Buffer): Promise<Buffer>;
}

export function realPaths(): RealPath {
  return followingLinks({
    separator: '/',
    rootLength: () => 1,
    realPath: (path) => realpath(path, 'buffer'),
  });
}

/**
 * The same on Windows, where junctions and drives of `subst` are links too. Left as they are: paths on shares, which have no
 * snapshots and can keep one waiting, and those of devices, whose root nobody may ask Node for.
 */
export function windowsRealPaths(ask: PathRules['realPath'] = (path) => realpath(path, 'buffer')): RealPath {
  const follow = followingLinks({
    separator: '\\',
    rootLength: (path) => win32.parse(path.toString('latin1')).root.length,
    realPath: ask,
  });
  return async (path, followLast) => (isOnDrive(path) ? await follow(path, followLast) : path);
}

/** `C:\…`, `\\?\C:\…`, `\\?\Volume{…}\…` */
function isOnDrive(path: Uint8Array): boolean {
  return /^(\\\\\?\\)?([a-z]:|volume\{[0-9a-f-]+\})\\/i.test(Buffer.from(path).toString('latin1'));
}

function followingLinks(rules: PathRules): RealPath {
  const known = new Map<string, Promise<Buffer>>();
  const directoryOf = (path: Buffer): Promise<Buffer> => {
    const key = path.toString('latin1');
    const found = known.get(key) ?? realDirectory(path, rules);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, found);
    return found;
  };
  return async (path, followLast = false) => {
    if (followLast) return await realDirectory(Buffer.from(path), rules);
    const { directory, name } = split(path, rules);
    return name.length === 0 ? directory : join(await directoryOf(directory), name, rules);
  };
}

async function realDirectory(path: Buffer, rules: PathRules): Promise<Buffer> {
  try {
    return await rules.realPath(path);
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    const { directory, name } = split(path, rules);
    return name.length === 0 ? directory : join(await realDirectory(directory, rules), name, rules);
  }
}

/** The last name of a path and what is before it; the root has none. */
function split(path: Uint8Array, rules: PathRules): { directory: Buffer; name: Buffer } {
  const bytes = Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  const root = rules.rootLength(bytes);
  const ends = bytes.length > root && bytes.at(-1) === rules.separator.charCodeAt(0);
  const trimmed = ends ? bytes.subarray(0, -1) : bytes;
  const at = trimmed.lastIndexOf(rules.separator);
  return {
    directory: trimmed.subarray(0, Math.max(at, root)),
    name: trimmed.subarray(Math.max(at + 1, root)),
  };
}

function join(directory: Buffer, name: Buffer, { separator }: PathRules): Buffer {
  const between = directory.at(-1) === separator.charCodeAt(0) ? '' : separator;
  return Buffer.concat([directory, Buffer.from(between), name]);
}
