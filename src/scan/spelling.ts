import { realpath } from 'node:fs/promises';
import { sep, win32 } from 'node:path';
import { systemCodeOf } from '../errors.ts';

/*
 * On Windows `C:\Users\Ann` and `c:\users\ann` are one place: it must be one source, of one job, under one name.
 */

/** Text that is equal for paths that the system takes for one. Here, or where paths have another separator. */
export function foldedPath(path: string, separator: string = sep): string {
  return separator === '\\' ? path.toLowerCase() : path;
}

/**
 * A path of Windows as the disk spells it. Links, short names and drives of `subst` stay what they are; what is not there keeps its
 * spelling, but for the letter of the drive.
 * @param ask where a path truly lies
 */
export async function spelledPath(
  path: string,
  ask: (path: string) => Promise<string> = realpath,
): Promise<string> {
  const { root, dir, base } = win32.parse(path);
  if (base === '') return root.replace(/[a-z]:\\?$/, (letter) => letter.toUpperCase());
  const real = await answerOf(ask(path));
  if (real !== undefined && isSame(real, path)) return real;
  const name = win32.basename(real ?? path);
  return win32.join(await spelledPath(dir, ask), isSame(name, base) ? name : base);
}

function isSame(a: string, b: string): boolean {
  return foldedPath(a, '\\') === foldedPath(b, '\\');
}

async function answerOf(asking: Promise<string>): Promise<string | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    return undefined;
  }
}
