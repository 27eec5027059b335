import { stat } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { type OwnedPath, TIME_IS_OVER } from './search.ts';
import type { TimeLimit } from './time-limit.ts';

/** A file as the kernel knows it: it may have several names. */
export interface Identity {
  inode?: string;
  /** Device and inode as `1:2`, decimal. */
  id?: string;
  /** Why the two are not known. */
  problem?: string;
}

/** Which file a path leads to. A file system that does not answer is waited for no longer than there is time. */
export async function identify(path: OwnedPath, time: TimeLimit): Promise<Identity> {
  try {
    const stats = await time.within(stat(path, { bigint: true }));
    if (!stats) return { problem: TIME_IS_OVER };
    const inode = String(stats.ino);
    // macOS signs the numbers of devices; lsof does not.
    return { inode, id: `${BigInt.asUintN(32, stats.dev)}:${inode}` };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
