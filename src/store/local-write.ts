import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { isAbsence, systemCodeOf } from '../errors.ts';
import { whenFree } from '../flow/held-files.ts';
import { makeDirectories } from '../flow/make-directories.ts';
import { systemRandom, toHex } from '../model/ids.ts';
import { TEMPORARY } from './key.ts';

/*
 * Writing whole files: a temporary file below the repository's own directory (so on the same file system), then one step that
 * gives it its name, then fsync of the directory, without which the name itself can be lost with the power.
 */

/** A finished temporary file: synced, not yet named. */
export interface Draft {
  path: string;
  /** When the file system says it was written; on a network file system, the server's clock. */
  written: Date;
}

/** What a system answers where a file system has no hard links (FAT, exFAT, many SMB and FUSE mounts, some containers). */
const noHardLinks = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EMLINK',
  'EISDIR',
  'EACCES',
]);
/** What a system answers where directories cannot be synced; there the mount decides how durable names are. */
const noDirectorySync = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR', 'EPERM', 'EACCES', 'EBADF']);

/** Writes and syncs a temporary file below `root`. It is removed again when `fill` fails. */
export async function draft(root: string, fill: (file: FileHandle) => Promise<void>): Promise<Draft> {
  const path = join(root, TEMPORARY, toHex(systemRandom(16)));
  const file = await inFolder(path, () => open(path, 'wx', 0o600));
  try {
    await fill(file);
    await file.sync();
    const { mtime } = await file.stat();
    await file.close();
    return { path, written: mtime };
  } catch (error) {
    await file.close().catch(() => {}); // the first failure is the one to tell
    await discard(path).catch(() => {}); // sweep() takes what stays
    throw error;
  }
}

/** Bytes that are sent to the disk together, while more are made. */
const FLUSH_BYTES = 8 * 1024 * 1024;

/**
 * Writes what comes, and lets the disk work at it meanwhile: the sync at the end of a pack would wait for all of it (on a disk that
 * writes 60 MiB/s, a first push took 1.2x the time). One flush at a time, which nobody waits for before the end.
 */
export async function writePieces(
  file: Pick<FileHandle, 'writeFile' | 'datasync'>,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  let flush = Promise.resolve();
  let flushing = false;
  let unflushed = 0;
  for await (const piece of pieces) {
    await file.writeFile(piece);
    unflushed += piece.length;
    if (flushing || unflushed < FLUSH_BYTES) continue;
    unflushed = 0;
    flushing = true;
    flush = flush
      .then(() => file.datasync())
      .finally(() => {
        flushing = false;
      });
    flush.catch(() => {}); // told below
  }
  // A system tells only once of bytes that it could not write: the sync at the end would know nothing of them.
  await flush;
}

/** Gives the draft its name, replacing what is there. */
export async function nameDraft({ path }: Draft, target: string): Promise<void> {
  try {
    await inFolder(target, () => whenFree(() => rename(path, target)));
  } catch (error) {
    await discard(path).catch(() => {}); // sweep() takes what stays
    throw error;
  }
  await syncDirectory(dirname(target));
}

/** Gives the draft its name unless something has it. */
export async function nameDraftIfAbsent(
  draft: Draft,
  target: string,
  linkFile: typeof link = link,
): Promise<'stored' | 'exists'> {
  try {
    const outcome = await linkDraft(draft.path, target, linkFile);
    // In both cases: who was told `exists` builds on what is there, so its name must be durable too.
    await syncDirectory(dirname(target));
    return outcome;
  } finally {
    await discard(draft.path);
  }
}

async function linkDraft(path: string, target: string, linkFile: typeof link): Promise<'stored' | 'exists'> {
  try {
    await inFolder(target, () => linkFile(path, target));
    return 'stored';
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    if (code === 'EEXIST') return (await isSameFile(path, target)) ? 'stored' : 'exists';
    if (noHardLinks.has(code)) return claimName(path, target);
    throw error;
  }
}

/** An NFS server's lost answer is asked for again, and then finds the name taken: by ourselves. */
async function isSameFile(path: string, target: string): Promise<boolean> {
  const [mine, theirs] = await Promise.all([stat(path, { bigint: true }), stat(target, { bigint: true })]);
  return mine.ino !== 0n && mine.ino === theirs.ino && mine.dev === theirs.dev;
}

/**
 * Without hard links: whoever creates the name owns it, and moves the whole file over it at once. A crash just between the two
 * leaves an empty file, which readers report as damaged and which has to be deleted by hand; bytes are never torn.
 */
async function claimName(path: string, target: string): Promise<'stored' | 'exists'> {
  try {
    const claim = await inFolder(target, () => open(target, 'wx', 0o600));
    await claim.close();
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return 'exists';
    throw error;
  }
  try {
    await whenFree(() => rename(path, target));
  } catch (error) {
    await discard(target);
    throw error;
  }
  return 'stored';
}

/** Removes a file for good; one that is not there is no error. */
export async function removeFile(path: string): Promise<void> {
  await discard(path);
  await syncDirectory(dirname(path)).catch((error: unknown) => {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  });
}

/** Removes a file unless it is gone already; a crash may bring it back. */
export async function discard(path: string): Promise<void> {
  try {
    await whenFree(() => unlink(path));
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

/** Runs `act`, which puts something at `path`; makes the folders above first if they are missing. */
async function inFolder<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
    await makeFolders(dirname(path));
    return act();
  }
}

async function makeFolders(folder: string): Promise<void> {
  const first = await makeDirectories(folder, 0o700);
  if (first === undefined) return;
  for (let path = folder; path.length >= first.length; path = dirname(path))
    await syncDirectory(dirname(path));
}

const isWindows = platform() === 'win32';

/** Makes the names in a directory durable. Windows has no such call: NTFS journals names itself. */
export async function syncDirectory(path: string): Promise<void> {
  if (isWindows) return;
  try {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (!noDirectorySync.has(systemCodeOf(error) ?? '')) throw error;
  }
}
