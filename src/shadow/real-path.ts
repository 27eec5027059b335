import { realpath } from 'node:fs/promises';
import { systemCodeOf } from '../errors.ts';

const SLASH = 0x2f;
/** Directories whose true place is remembered: files come directory by directory. */
const REMEMBERED = 1024;

/**
 * Where an absolute path truly lies: links among its directories are followed, and the last name too if it is to be. What is gone
 * by now stays by its name.
 */
export type RealPath = (path: Uint8Array, followLast?: boolean) => Promise<Uint8Array>;

export function realPaths(): RealPath {
  const known = new Map<string, Promise<Buffer>>();
  const directoryOf = (path: Buffer): Promise<Buffer> => {
    const key = path.toString('latin1');
    const found = known.get(key) ?? realDirectory(path);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, found);
    return found;
  };
  return async (path, followLast = false) => {
    if (followLast) return await realDirectory(Buffer.from(path));
    const { directory, name } = split(path);
    return name.length === 0 ? directory : join(await directoryOf(directory), name);
  };
}

async function realDirectory(path: Buffer): Promise<Buffer> {
  try {
    return await realpath(path, 'buffer');
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    const { directory, name } = split(path);
    return name.length === 0 ? directory : join(await realDirectory(directory), name);
  }
}

/** The last name of a path and what is before it; the root has none. */
function split(path: Uint8Array): { directory: Buffer; name: Buffer } {
  const bytes = Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  const trimmed = bytes.length > 1 && bytes.at(-1) === SLASH ? bytes.subarray(0, -1) : bytes;
  const slash = trimmed.lastIndexOf(SLASH);
  return { directory: trimmed.subarray(0, Math.max(slash, 1)), name: trimmed.subarray(slash + 1) };
}

function join(directory: Buffer, name: Buffer): Buffer {
  const between = directory.at(-1) === SLASH ? '' : '/';
  return Buffer.concat([directory, Buffer.from(between), name]);
}
