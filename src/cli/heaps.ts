import process from 'node:process';
import { loadLinuxAddon } from '../native/linux.ts';

/**
 * Has the GNU C library make no heaps for the threads that begin from now on: what one of them gives back is then of use to the others. A
 * push has 5 heaps at its end instead of 11 (with a million files, 209 MiB at the most). Who has set a number means it.
 */
export function limitHeaps(): void {
  if (process.env.MALLOC_ARENA_MAX === undefined) loadLinuxAddon()?.limitHeaps();
}
