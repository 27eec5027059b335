import process from 'node:process';
import { loadLinuxAddon } from '../native/linux.ts';

/**
 * Has the GNU C library keep one heap for all threads, not one for each of a dozen: what a thread gives back is then of use to the others.
 * With a million files that is 30 MiB of 250, and 0.97x the CPU. Who has set a number means it.
 */
export function keepOneHeap(): void {
  if (process.env.MALLOC_ARENA_MAX === undefined) loadLinuxAddon()?.keepOneHeap();
}
