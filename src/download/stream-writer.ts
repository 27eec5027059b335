import { closeSync, constants, ftruncateSync, openSync } from 'node:fs';
import type { List, NamedStream } from '../model/entry.ts';
import { damaged } from '../model/wire.ts';
import type { ReadChunk } from '../repository/run-lists.ts';
import type { NativePath } from '../scan/disk.ts';
import { isSystemError } from '../scan/problems.ts';
import { streamPath } from '../scan/wide-path.ts';
import { writeAt } from './drafts.ts';
import { failureOf, refusal } from './failures.ts';
import { itemsOf } from './items.ts';

/*
 * Named streams of a file or directory that is there. They are few and small, and are read one by one.
 */

/** What would make a path of a stream's name. */
const FORBIDDEN = /[:\\/\0]/;

const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
const NEW = O_WRONLY | O_CREAT | O_TRUNC | ((constants.O_NOFOLLOW as number | undefined) ?? 0);

/**
 * @returns false if the file system refused some of them
 * @throws `damaged`; what `failureOf` makes of a disk that fails
 */
export async function writeStreams(
  place: NativePath,
  streams: NamedStream[],
  readChunk: ReadChunk,
): Promise<boolean> {
  let areWritten = true;
  for (const { name, list } of streams) {
    if (FORBIDDEN.test(name)) throw refusal(`a stream cannot have the name "${name}"`, 'EINVAL');
    const descriptor = tryToOpen(streamPath(place, name));
    if (descriptor === undefined) areWritten = false;
    else await fill(descriptor, list, readChunk);
  }
  return areWritten;
}

function tryToOpen(stream: NativePath): number | undefined {
  try {
    return openSync(stream, NEW, 0o600);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    failureOf(error); // a disk that fails is more than a stream that is refused
    return undefined;
  }
}

async function fill(descriptor: number, list: List, readChunk: ReadChunk): Promise<void> {
  try {
    let position = 0;
    for await (const { id, length } of itemsOf(list, readChunk)) {
      const bytes = id && (await readChunk(id));
      if (bytes && bytes.length !== length)
        throw damaged('An entry', 'a chunk has another length than it says');
      if (bytes) writeAt(descriptor, bytes, position);
      position += length;
    }
    ftruncateSync(descriptor, position);
  } finally {
    closeSync(descriptor);
  }
}
