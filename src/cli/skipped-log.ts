import { open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, systemCodeOf } from '../errors.ts';
import { whenFree } from '../flow/held-files.ts';
import { makeDirectories } from '../flow/make-directories.ts';
import type { LockOwner } from '../model/owner.ts';
import { toJson } from './json.ts';

/** A file that a push did not read. */
export interface SkippedFile {
  time: Date;
  job: string;
  path: string;
  /** In words. */
  reason: string;
  /** The system's: `EBUSY`. */
  code: string;
  owners: LockOwner[];
  /** How often it was opened or read. */
  attempts: number;
  /** The rungs of the reading ladder that were tried, in their order. */
  tried: string[];
}

/** `skipped.log` and, older by one each, `skipped.log.1` to `.4`. */
const FILES = 5;
const MOST_BYTES = 1024 * 1024;

/** The file that `logSkipped` writes. @param state the user's state directory */
export function skippedLog(state: string): string {
  return path.join(state, 'skipped.log');
}

/**
 * Adds a JSON line for each of `skipped`; the log is rotated, and the user's alone. It tells of what went wrong and must not go
 * wrong itself: @returns a warning when it could not be written.
 */
export async function logSkipped(state: string, skipped: Iterable<SkippedFile>): Promise<string | undefined> {
  const file = skippedLog(state);
  try {
    await makeDirectories(state, 0o700);
    await writeLines(file, skipped);
    return undefined;
  } catch (error) {
    return `${file} could not be written: ${messageOf(error)}`;
  }
}

async function writeLines(file: string, skipped: Iterable<SkippedFile>): Promise<void> {
  let room = MOST_BYTES - (await sizeOf(file));
  let lines = '';
  for (const one of skipped) {
    const line = `${toJson(record(one))}\n`;
    const length = Buffer.byteLength(line);
    if (length > room) {
      await append(file, lines);
      await rotate(file);
      lines = '';
      room = MOST_BYTES;
    }
    lines += line;
    room -= length;
  }
  await append(file, lines);
}

/** Command lines stay out of it: programs get passwords by them. */
function record({ owners, ...facts }: SkippedFile): object {
  return { ...facts, owners: owners.map((owner) => ({ ...owner, commandLine: undefined })) };
}

async function append(file: string, lines: string): Promise<void> {
  if (lines === '') return;
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.writeFile(lines);
  } finally {
    await handle.close();
  }
}

async function rotate(file: string): Promise<void> {
  const names = Array.from({ length: FILES }, (_, age) => (age === 0 ? file : `${file}.${age}`));
  for (let age = FILES - 1; age > 0; age--)
    await unlessMissing(whenFree(() => rename(names[age - 1]!, names[age]!)));
}

async function sizeOf(file: string): Promise<number> {
  return (await unlessMissing(stat(file)))?.size ?? 0;
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
