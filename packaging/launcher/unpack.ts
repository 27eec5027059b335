import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { damageIn, looksComplete, newestIn } from './check.ts';
import { lastUse, type Marker, markUse, readMarker, writeMarker } from './marker.ts';
import { mend } from './mend.ts';
import type { PackedProgram } from './program.ts';
import { codeOf, StartError } from './start-error.ts';
import { SCRATCH, sweep } from './sweep.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Makes sure of the unpacked program: unpacks it where it is not there, and mends what has been changed.
 * @param place the directory of unpacked programs; only we can write there
 * @param thorough compare every file with its hash, not once a day but now
 * @returns the directory of the program, without symbolic links
 * @throws StartError
 */
export function unpacked(program: PackedProgram, place: string, thorough: boolean): string {
  const directory = path.join(place, program.name);
  const now = Date.now();
  if (!existsSync(directory)) unpack(program, place, directory);
  const marker = readMarker(directory);
  const fresh = marker !== undefined && Math.abs(now - marker.checkedAt) < DAY;
  const good = fresh && (thorough || looksComplete(directory, program, marker));
  const mended = (thorough || !good) && mendDamage(program, place, directory);
  if (mended || !good) writeMarker(directory, markerFor(directory, program));
  if (!fresh) sweep(place, program.name, now);
  if (Math.abs(now - lastUse(directory)) > HOUR) markUse(directory, now);
  // Node knows modules by their real paths.
  return realpathSync(directory);
}

/** Beside, and put into place when it is complete: two that start at once, and one that is killed, do no harm. */
function unpack(program: PackedProgram, place: string, directory: string): void {
  inScratch(place, (scratch) => {
    const next = path.join(scratch, 'program');
    mkdirSync(next, { mode: 0o700 });
    mend(next, program, { strangers: [], wrong: [...program.files] }, scratch);
    writeMarker(next, markerFor(next, program));
    moveTo(next, directory);
  });
}

/** @returns whether there was any damage */
function mendDamage(program: PackedProgram, place: string, directory: string): boolean {
  const damage = damageIn(directory, program);
  if (damage.strangers.length === 0 && damage.wrong.length === 0) return false;
  inScratch(place, (scratch) => mend(directory, program, damage, scratch));
  return true;
}

function markerFor(directory: string, program: PackedProgram): Marker {
  return { writtenAt: newestIn(directory, program), checkedAt: Date.now() };
}

function inScratch(place: string, act: (scratch: string) => void): void {
  const scratch = mkdtempSync(path.join(place, SCRATCH));
  try {
    act(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** How often a move is tried, a tenth of a second apart: virus scanners hold new files for a moment. */
const TRIES = 50;

function moveTo(next: string, directory: string): void {
  for (let tries = 1; ; tries++) {
    try {
      renameSync(next, directory);
      return;
    } catch (error) {
      // Another start was quicker.
      if (existsSync(directory)) return;
      if (!['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '') || tries === TRIES)
        throw new StartError(`${directory} cannot be made: ${(error as Error).message}`, undefined, error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}
