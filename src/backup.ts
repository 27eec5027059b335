import { stat } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { BmcloudError, messageOf } from './errors.ts';
import type { BmcloudEvent } from './model/events.ts';
import { type PushOptions, type PushResult, push } from './push.ts';
import type { Repository } from './repository/repository.ts';

/** What a caller may say; the rest is as `bmcloud push` has it. */
export interface BackupOptions extends Partial<Omit<PushOptions, 'sources' | 'estimate'>> {
  repository: Repository;
  /** Told while it goes on: bytes done, bytes in all (as far as they are known), and the file that is being read. */
  onProgress?: (current: number, total: number, file: string) => void;
}

/**
 * Backs up one file: shared with those who have it open, again when it is held, from a frozen view of its volume at last.
 * @throws `usage` when it is a directory; else as `push`
 */
export async function backupFile(path: string, options: BackupOptions): Promise<PushResult> {
  if (await isDirectory(path, options.cwd))
    throw new BmcloudError('usage', `${path} is a directory`, { hint: 'Use backupDirectory' });
  return await backup(path, options);
}

/** Backs up a directory and all below it, each file by the same ladder. @throws `usage` when it is none; else as `push` */
export async function backupDirectory(path: string, options: BackupOptions): Promise<PushResult> {
  if (!(await isDirectory(path, options.cwd)))
    throw new BmcloudError('usage', `${path} is no directory`, { hint: 'Use backupFile' });
  return await backup(path, options);
}

async function isDirectory(path: string, cwd = '.'): Promise<boolean> {
  try {
    return (await stat(resolve(cwd, path))).isDirectory();
  } catch (error) {
    throw new BmcloudError('source-missing', `${path} cannot be backed up: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function backup(path: string, options: BackupOptions): Promise<PushResult> {
  const { repository, onProgress, ...given } = options;
  const stop = onProgress ? repository.listen(progressOf(onProgress)) : () => {};
  try {
    return await push(repository, {
      cwd: resolve('.'),
      host: hostname(),
      user: userInfo().username,
      adoptJob: false,
      tags: [],
      oneFileSystem: false,
      excludeCaches: false,
      allowEmpty: false,
      skipUnchanged: false,
      dryRun: false,
      waitForLock: true,
      ownDirectories: repository.ownDirectories,
      ...given,
      estimate: onProgress !== undefined,
      // A glob is a way of the command line to name many: here a path is a path.
      sources: [],
      filesFrom: [...(given.filesFrom ?? []), Buffer.from(path)],
    });
  } finally {
    stop();
  }
}

function progressOf(onProgress: NonNullable<BackupOptions['onProgress']>) {
  return (event: BmcloudEvent) => {
    if (event.type !== 'progress') return;
    const { bytes, totalBytes = bytes, current = '' } = event.progress;
    onProgress(bytes, Math.max(bytes, totalBytes), current);
  };
}
