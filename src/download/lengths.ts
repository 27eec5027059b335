import { decodeContent, type List, marks } from '../model/entry.ts';
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
