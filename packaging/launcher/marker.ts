import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from './start-error.ts';

/** Written when all files of an unpacked program are in place and right; its time of modification tells the last use. */
export interface Marker {
  /** When the newest file was written, in milliseconds since 1970: one that is newer has been changed. */
  writtenAt: number;
  /** When every file was last compared with its hash, in milliseconds since 1970. */
  checkedAt: number;
}

/** In the directory of the program. */
export const MARKER = '.complete';

/** @returns undefined where there is none, or it cannot be read */
export function readMarker(directory: string): Marker | undefined {
  try {
    return JSON.parse(readFileSync(path.join(directory, MARKER), 'utf8')) as Marker;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function writeMarker(directory: string, marker: Marker): void {
  const file = path.join(directory, MARKER);
  const next = `${file}-${process.pid}`;
  writeFileSync(next, JSON.stringify(marker), { mode: 0o600 });
  renameSync(next, file);
}

/** When the program was last in use, in milliseconds since 1970. */
export function lastUse(directory: string): number {
  const marker = statSync(path.join(directory, MARKER), { throwIfNoEntry: false });
  return (marker ?? statSync(directory)).mtimeMs;
}

export function markUse(directory: string, now: number): void {
  utimesSync(path.join(directory, MARKER), now / 1000, now / 1000);
}
