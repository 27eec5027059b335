import { isUtf8 } from 'node:buffer';
import { platform } from 'node:os';
import { joinPath } from '../model/path.ts';
import type { Disk, NativePath } from './disk.ts';

/** A name in a directory: text where it is valid UTF-8, else bytes. */
export type Name = string | Buffer;

/** From here on the order of UTF-16 code units is no longer that of UTF-8 bytes; U+FFFD lies behind it, too. */
const BEYOND = /[\ud800-\uffff]/;
const REPLACEMENT = '\ufffd';

/** The names in a directory, ordered by their bytes. */
export function listNames(directory: NativePath, disk: Pick<Disk, 'names' | 'rawNames'>): Name[] {
  const names = disk.names(directory);
  // Windows gives no other bytes: there, names are UTF-16.
  const lossy = platform() !== 'win32' && names.some((name) => name.includes(REPLACEMENT));
  return inOrder(lossy ? disk.rawNames(directory).map(nameOf) : names);
}

/** Orders names by their bytes. */
export function inOrder(names: Name[]): Name[] {
  return names.every(isPlain) ? names.sort() : sortByBytes(names);
}

function isPlain(name: Name): name is string {
  return typeof name === 'string' && !BEYOND.test(name);
}

/** The bytes of a name, as in manifests. */
export function nameBytes(name: Name): Buffer {
  return typeof name === 'string' ? Buffer.from(name) : name;
}

/** A name of 255 UTF-16 units has at most 765 bytes. */
const scratch = Buffer.allocUnsafeSlow(768);

/**
 * `directory/name`, as in manifests. Not by a small Buffer for the name: those lie in slabs that outlive them in the old generation of
 * V8, which a scan never fills; of a million files, 10 MiB stayed.
 */
export function pathIn(directory: Uint8Array, name: Name): Uint8Array {
  if (typeof name !== 'string' || name.length * 3 > scratch.length)
    return joinPath(directory, nameBytes(name));
  return joinPath(directory, scratch, scratch.write(name));
}

/** True for a name that may have been something else, which text cannot tell. */
export function isLossy(name: Name): boolean {
  return platform() === 'win32' && typeof name === 'string' && name.includes(REPLACEMENT);
}

function nameOf(bytes: Buffer): Name {
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

function sortByBytes(names: Name[]): Name[] {
  const keyed = names.map((name) => ({ name, bytes: nameBytes(name) }));
  return keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ name }) => name);
}
