import { lstatSync, mkdirSync } from 'node:fs';
import { splitPath } from '../model/path.ts';
import type { NativePath } from '../scan/disk.ts';
import { joinNative, nativeOf } from '../scan/native-path.ts';
import { isSystemError } from '../scan/problems.ts';

const SLASH = Buffer.from('/');

/** Something that is no directory stands where one should be. */
export class InTheWay extends Error {
  readonly place: NativePath;

  constructor(place: NativePath) {
    super('where a directory should be is something else');
    this.place = place;
  }
}

/**
 * Directories below a root, made one by one on the way down. Each is looked at, so that a link is never walked through; what was
 * looked at last is remembered, for paths come in order.
 */
export class FolderChain {
  readonly #root: NativePath;
  readonly #onMade: (path: Uint8Array) => void;
  #known: { name: Buffer; place: NativePath }[] = [];

  /** @param onMade is told of each directory that was not there; only its user may enter it */
  constructor(root: NativePath, onMade: (path: Uint8Array) => void = () => {}) {
    this.#root = root;
    this.#onMade = onMade;
  }

  /** The place of a path, whose directories are there now. @throws `InTheWay`, and the system's errors */
  place(path: Uint8Array): NativePath {
    const names = splitPath(path);
    const last = names.pop() as Uint8Array;
    let depth = 0;
    while (depth < names.length && isSame(this.#known[depth]?.name, names[depth])) depth++;
    this.#known.length = depth;
    for (const name of names.slice(depth)) this.#enter(name);
    return joinNative(this.#known.at(-1)?.place ?? this.#root, nativeOf(last));
  }

  /** What was seen may have changed. */
  forget(): void {
    this.#known = [];
  }

  #enter(name: Uint8Array): void {
    const place = joinNative(this.#known.at(-1)?.place ?? this.#root, nativeOf(name));
    const isNew = makeFolder(place);
    this.#known.push({ name: Buffer.from(name), place });
    if (isNew) this.#onMade(joinPath(this.#known));
  }
}

function joinPath(names: { name: Buffer }[]): Uint8Array {
  return Buffer.concat(names.flatMap(({ name }, i) => (i === 0 ? [name] : [SLASH, name])));
}

function isSame(a: Buffer | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.equals(b);
}

/** @returns whether it was not there */
function makeFolder(place: NativePath): boolean {
  try {
    mkdirSync(place, 0o700); // what the source protects is not to be read here
    return true;
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
    if (!lstatSync(place).isDirectory()) throw new InTheWay(place);
    return false;
  }
}
