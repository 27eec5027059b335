import { open, readFile, stat } from 'node:fs/promises';
import { systemCodeOf } from '../errors.ts';
import { type Sleep, systemSleep } from '../flow/sleep.ts';
import { logFiles } from './log-file.ts';

/** Milliseconds between looks at a log that is followed. */
const LOOK_AGAIN = 500;

export interface LogOptions {
  /** How many of the last lines. */
  lines: number;
  /** Goes on with what is added, until the signal is aborted. */
  follow: boolean;
  signal?: AbortSignal | undefined;
  sleep?: Sleep | undefined;
}

/** The last lines of a log, and then those that are added. Nothing when there is no log yet. */
export async function* readLog(path: string, options: LogOptions): AsyncGenerator<string> {
  const begin = await placeOf(path);
  yield* await lastLines(path, options.lines, begin.offset);
  if (options.follow) yield* addedLines(path, begin, options);
}

interface Place {
  /** Which file it was: a log that was put aside is another. */
  ino: number | undefined;
  offset: number;
}

async function placeOf(path: string): Promise<Place> {
  try {
    const { ino, size } = await stat(path);
    return { ino, offset: size };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { ino: undefined, offset: 0 };
    throw error;
  }
}

async function lastLines(path: string, count: number, size: number): Promise<string[]> {
  const lines: string[] = [];
  for (const file of logFiles(path).reverse()) {
    if (lines.length >= count) break;
    const bytes = await bytesOf(file);
    lines.unshift(...linesOf((file === path ? bytes.subarray(0, size) : bytes).toString('utf8')));
  }
  return count === 0 ? [] : lines.slice(-count);
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

async function* addedLines(path: string, place: Place, options: LogOptions): AsyncGenerator<string> {
  const { signal, sleep = systemSleep } = options;
  let rest = Buffer.alloc(0);
  while (!signal?.aborted) {
    const now = await placeOf(path);
    if (now.ino !== place.ino) place = { ino: now.ino, offset: 0 };
    if (now.offset > place.offset) {
      const added = Buffer.concat([rest, await readFrom(path, place.offset, now.offset)]);
      const end = added.lastIndexOf(10) + 1;
      yield* linesOf(added.subarray(0, end).toString('utf8'));
      rest = added.subarray(end);
      place = now;
    }
    // To stop following is how it ends, and no failure.
    await sleep(LOOK_AGAIN, signal).catch(() => {});
  }
}

async function readFrom(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
