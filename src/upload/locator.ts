import { lstatSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { BmcloudError } from '../errors.ts';
import { displayPath, isWithin } from '../model/path.ts';
import { nativeOf } from '../scan/native-path.ts';
import { isSystemError } from '../scan/problems.ts';
import type { ScanSource } from '../scan/scan.ts';

/** Tells where the file of an entry lies, native, as bytes. Asked for every file that is read: no strings are made. */
export function locator(sources: ScanSource[], separator: string = sep): (path: Uint8Array) => Uint8Array {
  const roots = sources.map(({ name, path }) => ({
    name: Buffer.from(name),
    whole: followed(path),
    path: withoutSeparator(path, separator),
  }));
  return (path) => {
    const root = roots.find(({ name }) => isWithin(path, name));
    if (!root) throw new BmcloudError('internal', `There is no source for "${displayPath(path)}"`);
    if (path.length === root.name.length) return root.whole;
    const native = Buffer.concat([root.path, path.subarray(root.name.length)]);
    if (separator === '\\')
      for (let at = root.path.length; at < native.length; at++)
        if (native[at] === SLASH) native[at] = BACKSLASH;
    return native;
  };
}

/** Who names a link as a source means the file that it points to; what is opened is never a link. */
function followed(path: Uint8Array): Uint8Array {
  const native = nativeOf(path);
  try {
    return lstatSync(native).isSymbolicLink() ? realpathSync(native, 'buffer') : path;
  } catch (error) {
    if (isSystemError(error)) return path; // whoever reads it tells
    throw error;
  }
}

/** A root such as `/` or `C:\` brings its own separator, and without is another place: `C:` is the drive's current directory. */
function withoutSeparator(root: Uint8Array, separator: string): Uint8Array {
  return root.at(-1) === separator.charCodeAt(0) ? root.subarray(0, -1) : root;
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
