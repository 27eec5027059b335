import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BmcloudError } from './errors.ts';
import { makeDirectoriesSync } from './flow/make-directories.ts';
import { targetFailure } from './mirror/target-errors.ts';
import { isShared, type KernelLock, tryLock, tryShare } from './repository/kernel-lock.ts';

/*
 * The folder of a mirror is written to by one run, while nobody reads there; many may read at once.
 */

/** For a run that writes; makes the folder. @throws `busy`, `target`, `disk-full` */
export async function lockMirror(to: string): Promise<KernelLock> {
  try {
    makeDirectoriesSync(to);
    const path = lockOf(to);
    const held = await tryLock(path);
    if (held && !(await isShared(path))) return held;
    await held?.release();
  } catch (error) {
    throw targetFailure(error, to);
  }
  throw busy(`Another run of bmcloud is mirroring to ${to}, or restoring from it`);
}

/** For one that reads, also from a medium that cannot be written to. @throws `busy` */
export async function shareMirror(from: string): Promise<KernelLock> {
  const held = await tryShare(lockOf(from));
  if (held) return held;
  throw busy(`Another run of bmcloud is mirroring to ${from}: it changes what would be read`);
}

/** @param folder which is there; one however its path leads to it */
function lockOf(folder: string): string {
  return join(realpathSync(folder), '.bmcloud-lock');
}

function busy(message: string): BmcloudError {
  return new BmcloudError('busy', message, { hint: 'Wait until it is done, or stop it' });
}
