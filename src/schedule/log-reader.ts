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
  /** Which file it was: a log that is put aside gets another name. */
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

async function* addedLines(path: string, begin: Place, options: LogOptions): AsyncGenerator<string> {
  const { signal, sleep = systemSleep } = options;
  let place = begin;
  let rest: Uint8Array = Buffer.alloc(0);
  while (!signal?.aborted) {
    for (const { file, ino, size } of await filesSince(path, place)) {
      const from = ino === place.ino ? place.offset : 0;
      const added = Buffer.concat([rest, await readFrom(file, from, size)]);
      const end = added.lastIndexOf(10) + 1;
      yield* linesOf(added.subarray(0, end).toString('utf8'));
      rest = added.subarray(end);
      place = { ino, offset: size };
    }
    // To stop following is how it ends, and no failure.
    await sleep(LOOK_AGAIN, signal).catch(() => {});
  }
}

/** The file that was read up to a place, under whatever name it has now, and those that were begun after it. */
async function filesSince(
  path: string,
  place: Place,
): Promise<{ file: string; ino: number; size: number }[]> {
  const files = [];
  for (const file of logFiles(path)) {
    const { ino, offset } = await placeOf(file);
    if (ino !== undefined) files.push({ file, ino, size: offset });
  }
  return files.slice(
    Math.max(
      0,
      files.findIndex(({ ino }) => ino === place.ino),
    ),
  );
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
