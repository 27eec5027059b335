import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../errors.ts';

/*
 * A directory, with all above it. Node's own (`recursive`) tries for ever, and keeps a core busy, where the system says of a directory that
 * is there that it is not: below /proc, or where something is mounted once somebody asks for it.
 */

/**
 * @param aboveToo false: the directory that it lies in was made already
 * @returns the first one that was made, or undefined where all were there. @throws what the system says
 */
export async function makeDirectories(
  path: string,
  mode = 0o777,
  aboveToo = true,
): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    const isThere = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (isThere) return undefined;
    if (!aboveToo || !mayLackOneAbove(path, error)) throw error;
  }
  const first = await makeDirectories(dirname(path), mode);
  const last = await makeDirectories(path, mode, false);
  return first ?? last;
}

/** The same at once. @param path bytes where it need not be text */
export function makeDirectoriesSync(path: string | Buffer, mode = 0o777, aboveToo = true): void {
  try {
    mkdirSync(path, { mode });
    return;
  } catch (error) {
    if (isDirectorySync(path)) return;
    if (!aboveToo || !mayLackOneAbove(path, error)) throw error;
  }
  makeDirectoriesSync(above(path), mode);
  makeDirectoriesSync(path, mode, false);
}

function mayLackOneAbove(path: string | Buffer, error: unknown): boolean {
  return systemCodeOf(error) === 'ENOENT' && above(path).length < path.length;
}

function above(path: string | Buffer): string | Buffer {
  return typeof path === 'string' ? dirname(path) : Buffer.from(dirname(path.toString('latin1')), 'latin1');
}

function isDirectorySync(path: string | Buffer): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
