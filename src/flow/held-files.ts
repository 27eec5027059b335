import { platform } from 'node:os';
import { systemCodeOf } from '../errors.ts';
import { type Sleep, systemSleep } from './sleep.ts';

/*
 * Windows renames nothing over a file that somebody has open, and refuses to rename or delete one for as long as it is open
 * without leave to. Virus scanners and indexers open what was just written, for a moment.
 */

/** Milliseconds between the tries at most, and half of that at least: one to two and a half seconds in all. */
const WAITS = [10, 20, 40, 80, 160, 320, 640, 1280];
/** What Windows says of a file that is in use. */
const HELD = ['EPERM', 'EACCES', 'EBUSY'];

const isWindows = platform() === 'win32';

/** Runs `act`, which renames or deletes a file; on Windows again for a moment while somebody has the file open. */
export async function whenFree<T>(
  act: () => Promise<T>,
  waits: number[] = isWindows ? WAITS : [],
  sleep: Sleep = systemSleep,
): Promise<T> {
  for (const wait of waits) {
    try {
      return await act();
    } catch (error) {
      if (!isHeld(error)) throw error;
    }
    await sleep(jittered(wait));
  }
  return act();
}

/** The same for a thread that has nothing else to do. */
export function whenFreeSync<T>(act: () => T, waits: number[] = isWindows ? WAITS : []): T {
  for (const wait of waits) {
    try {
      return act();
    } catch (error) {
      if (!isHeld(error)) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, jittered(wait));
  }
  return act();
}

/** Those who wait for one another would otherwise meet again at every try. */
function jittered(wait: number): number {
  return wait * (0.5 + Math.random() / 2);
}

function isHeld(error: unknown): boolean {
  return HELD.includes(systemCodeOf(error) ?? '');
}
