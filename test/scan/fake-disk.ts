import { getSystemErrorMap } from 'node:util';
import type { Disk, NativePath } from '../../src/scan/disk.ts';
import type { SystemStat } from '../../src/scan/system-stat.ts';
import { isWindows } from '../fixtures/platform.ts';

/** A tree as a literal: names as latin1 text, a character a byte; a number is a file of that size, text the target of a link. */
export interface Tree {
  [name: string]: Tree | number | string;
}

/** What goes wrong, by native path (latin1): the error codes that listing, looking at or reading the target of it throw. */
export interface Faults {
  list?: Record<string, string>;
  look?: Record<string, string>;
  readTarget?: Record<string, string>;
  /** Names that a directory lists the first time only. */
  listedOnce?: string[];
  /** Devices of directories and all below them. */
  devices?: Record<string, bigint>;
}

/** A disk that holds `tree` at `/`, and fails as told. Faults may be changed while it is in use. */
export function fakeDisk(tree: Tree, faults: Faults = {}): Disk {
  const node = (path: NativePath): Tree | number | string => {
    let found: Tree | number | string | undefined = tree;
    for (const name of keyOf(path).split('/')) {
      if (name !== '') found = typeof found === 'object' ? found[name] : undefined;
    }
    if (found === undefined) throw systemError('ENOENT');
    return found;
  };
  const listed = new Set<string>();
  const list = (path: NativePath): Buffer[] => {
    failIf(faults.list, path);
    const directory = node(path);
    if (typeof directory !== 'object') throw systemError('ENOTDIR');
    const isAgain = listed.has(keyOf(path));
    listed.add(keyOf(path));
    const isGone = (name: string) => isAgain && faults.listedOnce?.includes(name);
    return Object.keys(directory)
      .filter((name) => !isGone(name))
      .map((name) => Buffer.from(name, 'latin1'));
  };
  const look = (path: NativePath): SystemStat => {
    failIf(faults.look, path);
    return fakeStats(path, node(path), faults);
  };
  return {
    names: (path) => list(path).map((name) => name.toString()),
    rawNames: list,
    lstat: look,
    stat: look,
    readTarget: (path) => {
      failIf(faults.readTarget, path);
      return Buffer.from(node(path) as string, 'latin1');
    },
    readStart: (path) => {
      throw new Error(`nobody asked for ${keyOf(path)}`);
    },
  };
}

const errnos = new Map(Array.from(getSystemErrorMap(), ([errno, [code]]) => [code, errno]));

/** An error as `node:fs` throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code, errno: errnos.get(code) });
}

function failIf(codes: Record<string, string> | undefined, path: NativePath): void {
  const code = codes?.[keyOf(path)];
  if (code) throw systemError(code);
}

function keyOf(path: NativePath): string {
  const key = Buffer.from(path as string).toString('latin1');
  return isWindows ? key.replaceAll('\\', '/') : key;
}

function fakeStats(path: NativePath, node: Tree | number | string, faults: Faults): SystemStat {
  const key = keyOf(path);
  const kind = typeof node === 'object' ? 0o040755 : typeof node === 'number' ? 0o100644 : 0o120777;
  const devices = Object.entries(faults.devices ?? {}).filter(([top]) => `${key}/`.startsWith(`${top}/`));
  return {
    device: devices.at(-1)?.[1] ?? 1n,
    inode: inodeOf(key),
    mode: kind,
    links: 1,
    uid: 0,
    gid: 0,
    rawDevice: 0,
    size: typeof node === 'number' ? node : 0,
    mtime: { seconds: 1, nanos: 1 },
    ctime: { seconds: 2, nanos: 2 },
    birthTime: undefined,
  };
}

/** One number for one path. */
function inodeOf(key: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(key, 'latin1')) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}
