import { decodeContent, type List, marks } from '../model/entry.ts';
import { CHUNK_ID_BYTES } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';

/** The data of a file, as its entry tells them. */
export interface FileData {
  list: List;
  /** Bytes; of a long list, what the entry says. */
  length: number;
  /** It changed while it was read: only its pieces tell how long it is. */
  changed: boolean;
}

/** What an entry says of its data; `size` is that of its stat. @throws `damaged` when that cannot be */
export function dataOf(size: number, content: Uint8Array): FileData {
  const length = lengthOfOnlyChunk(content);
  if (length !== -1 && length === size) {
    const id = content.subarray(content.length - CHUNK_ID_BYTES);
    return { list: { depth: 0, items: [{ length, id }] }, length, changed: false };
  }
  return decoded(size, content);
}

/** The field of a list, and depth 0. */
const LIST_KEY = 65;
const MOST_BYTES_OF_LENGTH = 3;

/**
 * How long the only chunk of an ordinary small file is, whose entry says nothing else: list, depth, twice its length, id. −1 for all
 * others. These are nearly all, and decoding them in full makes a dozen objects for each.
 */
function lengthOfOnlyChunk(content: Uint8Array): number {
  const bytesOfLength = content.length - 3 - CHUNK_ID_BYTES;
  if (bytesOfLength < 1 || bytesOfLength > MOST_BYTES_OF_LENGTH) return -1;
  if (content[0] !== LIST_KEY || content[1] !== content.length - 2 || content[2] !== 0) return -1;
  let key = 0;
  for (let i = 0; i < bytesOfLength; i++) {
    const byte = content[3 + i] as number;
    if (byte >= 0x80 !== i < bytesOfLength - 1) return -1;
    key |= (byte & 0x7f) << (7 * i);
  }
  return key % 2 === 0 && content[2 + bytesOfLength] !== 0 ? key / 2 : -1;
}

function decoded(size: number, content: Uint8Array): FileData {
  const { list, marks: bits } = decodeContent(content);
  if (!list) throw damaged('An entry', 'it is a file without data');
  const changed = (bits & marks.changedWhileReading) !== 0;
  if (list.depth > 0) return { list, length: size, changed };
  let length = 0;
  for (const item of list.items) length += item.length;
  if (!changed && length !== size) throw wrongLength();
  return { list, length, changed };
}

export function wrongLength() {
  return damaged('An entry', 'its data have another length than it says');
}
