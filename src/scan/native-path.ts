import { isUtf8 } from 'node:buffer';
import { sep } from 'node:path';
import { displayPath } from '../model/path.ts';
import type { NativePath } from './disk.ts';
import { type Name, nameBytes } from './listing.ts';
import { foldedPath } from './spelling.ts';

const SLASH = 0x2f;

/**
 * Where an entry lies: text where that is valid UTF-8, else bytes.
 * @param root the source's absolute native path.
 * @param path as in manifests: its first component stands for the root.
 */
export function nativePath(root: Uint8Array, path: Uint8Array, separator: string = sep): NativePath {
  const slash = path.indexOf(SLASH);
  const base = nativeOf(root);
  if (slash === -1) return base;
  return joinNative(base, nativeOf(separated(path.subarray(slash + 1), separator)), separator);
}

/** In UTF-8, and in WTF-8, a byte of a slash is one. */
function separated(path: Uint8Array, separator: string): Uint8Array {
  return separator === '/' ? path : path.map((byte) => (byte === SLASH ? separator.charCodeAt(0) : byte));
}

/**
 * The path in manifests of a native path in a source; undefined if it lies elsewhere. Both absolute and normalised. Where the source
 * lies may be spelt otherwise on Windows; the names below are those of the snapshot.
 */
export function manifestPath(
  name: string,
  root: Uint8Array,
  native: NativePath,
  separator: string = sep,
): Uint8Array | undefined {
  const path = nameBytes(native);
  const end = root.at(-1) === separator.charCodeAt(0) ? root.length - 1 : root.length;
  if (!isSame(path.subarray(0, end), root.subarray(0, end), separator)) return undefined;
  const below = path.subarray(end);
  if (below.length <= 1 && (below.length === 0 || end < root.length)) return Buffer.from(name);
  if (below[0] !== separator.charCodeAt(0)) return undefined;
  const rest = separator === '/' ? below : Buffer.from(below.toString().replaceAll(separator, '/'));
  return Buffer.concat([Buffer.from(name), rest]);
}

function isSame(a: Uint8Array, b: Uint8Array, separator: string): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  const folded = (path: Uint8Array) => foldedPath(Buffer.from(path).toString(), separator);
  return separator === '\\' && folded(a) === folded(b);
}

/** The form for `node:fs` of the bytes of a path. */
export function nativeOf(path: Uint8Array): NativePath {
  const bytes = Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  return isUtf8(bytes) ? bytes.toString() : Buffer.from(bytes);
}

/** `directory` + separator + `name`; a root such as `/` or `C:\` brings its own separator. */
export function joinNative(directory: NativePath, name: Name, separator: string = sep): NativePath {
  if (typeof directory === 'string' && typeof name === 'string') {
    return directory.endsWith(separator) ? directory + name : directory + separator + name;
  }
  const start = nameBytes(directory);
  const between = start.at(-1) === separator.charCodeAt(0) ? '' : separator;
  return Buffer.concat([start, Buffer.from(between), nameBytes(name)]);
}

/** For people. */
export function displayNative(path: NativePath): string {
  return displayPath(nameBytes(path));
}
