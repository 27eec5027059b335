import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { lastUse } from './marker.ts';

/** Begins the names of directories that are being made or removed. */
export const SCRATCH = '.scratch-';

const DAY = 86_400_000;
const DAYS_KEPT = 30;

/** Names of unpacked programs: version and hash. */
const program = /^\d+\.\d+\.\d+.*-[0-9a-f]{32}$/;

/**
 * Removes programs that nobody has used for 30 days, and what killed processes left. A program in use says so every hour.
 * @param current the program that is not removed
 */
export function sweep(place: string, current: string, now: number): void {
  for (const name of readdirSync(place)) {
    const directory = path.join(place, name);
    const days = name.startsWith(SCRATCH) ? 1 : program.test(name) && name !== current ? DAYS_KEPT : Infinity;
    if (days === Infinity) continue;
    try {
      if (now - lastUse(directory) > days * DAY) remove(place, directory);
    } catch {
      // Windows removes nothing that is open, and another start may sweep as well: there is a next time.
    }
  }
}

/** First out of the way, at once: half a program must not be found under its name. */
function remove(place: string, directory: string): void {
  const scratch = mkdtempSync(path.join(place, SCRATCH));
  try {
    renameSync(directory, path.join(scratch, 'old'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
