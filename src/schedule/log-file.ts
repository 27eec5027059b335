import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { whenFree } from '../flow/held-files.ts';
import { makeDirectories } from '../flow/make-directories.ts';

/** Bytes at which a log is put aside. */
const LARGEST = 2 ** 20;
/** Files in all: the one in use, and `.1` to `.4`. */
const FILES = 5;

/** A log that several processes may add to, and that never grows beyond all bounds. */
export interface LogFile {
  write(bytes: Uint8Array | string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a log to add to it. */
export async function openLog(path: string, limits = { bytes: LARGEST, files: FILES }): Promise<LogFile> {
  await makeDirectories(dirname(path), 0o700);
  let file = await open(path, 'a', 0o600);
  // Writes come from two streams at once: each waits for the one before it, however that ended.
  let last: Promise<void> = Promise.resolve();
  const writeNow = async (bytes: Uint8Array | string) => {
    if ((await file.stat()).size >= limits.bytes) file = await rotated(path, file, limits.files);
    await file.appendFile(bytes);
  };
  return {
    write: (bytes) => {
      const written = last.then(() => writeNow(bytes));
      last = written.catch(() => {});
      return written;
    },
    close: async () => {
      await last;
      await file.close();
    },
  };
}

/** The files of a log that are there, the oldest first. */
export function logFiles(path: string, files = FILES): string[] {
  return Array.from({ length: files }, (_, i) => numbered(path, files - 1 - i));
}

async function rotated(path: string, file: FileHandle, files: number): Promise<FileHandle> {
  const { ino } = await file.stat();
  await file.close();
  // Another process may have done it already.
  const current = await stat(path).catch(() => undefined);
  if (current?.ino === ino) await shift(path, files);
  return open(path, 'a', 0o600);
}

async function shift(path: string, files: number): Promise<void> {
  for (let number = files - 2; number >= 0; number--) {
    try {
      await whenFree(() => rename(numbered(path, number), numbered(path, number + 1)));
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw error;
    }
  }
}

function numbered(path: string, number: number): string {
  return number === 0 ? path : `${path}.${number}`;
}
