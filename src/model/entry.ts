import { type Content, decodeContent } from './content.ts';
import { comparePaths } from './path.ts';
import { decodeStat, type Stat } from './stat.ts';
import { Reader, varintLength, type Writer } from './wire.ts';

export {
  type Attached,
  type Content,
  decodeContent,
  encodeAttached,
  encodeContent,
  isTracked,
  listsOf,
  marks,
  marksOf,
  type NamedStream,
  noContent,
  withMarks,
  withTracked,
} from './content.ts';
export {
  decodeItems,
  decodeList,
  encodeItem,
  encodeItems,
  encodeList,
  type List,
  type ListItem,
} from './list.ts';
export { decodeStat, type EntryType, encodeStat, entryTypes, linkKeyOf, type Stat } from './stat.ts';

/*
 * Entries (docs/format.md, section 7). An entry is three byte strings: its path, its stat (what the scan saw) and its content
 * (what the push made of it). Most of the program moves them about without decoding: equal stat bytes mean unchanged.
 */

/** An entry as bytes. The parts are views into a larger buffer: copy what must outlive it. */
export interface RawEntry {
  path: Uint8Array;
  stat: Uint8Array;
  content: Uint8Array;
}

export interface Entry {
  path: Uint8Array;
  /** Absent in deletions. */
  stat: Stat | undefined;
  content: Content;
}

/** Appends an entry to a run. */
export function writeEntry(writer: Writer, path: Uint8Array, stat: Uint8Array, content: Uint8Array): void {
  const length =
    varintLength(path.length) + path.length + varintLength(stat.length) + stat.length + content.length;
  writer.varint(length).prefixed(path).prefixed(stat).raw(content);
}

/** Reads the next entry of a run as views. */
export function readEntry(reader: Reader): RawEntry {
  const body = new Reader(reader.prefixed(), 'an entry');
  return { path: body.prefixed(), stat: body.prefixed(), content: body.rest() };
}

export function decodeEntry(raw: RawEntry): Entry {
  const stat = raw.stat.length === 0 ? undefined : decodeStat(raw.stat);
  return { path: raw.path, stat, content: decodeContent(raw.content) };
}

/** The entries of a run, one after the other, as views; checks the order. */
export function* entriesOf(run: Uint8Array): Generator<RawEntry> {
  const reader = new Reader(run, 'a run of entries');
  let last: Uint8Array | undefined;
  while (reader.remaining > 0) {
    const entry = readEntry(reader);
    if (last && comparePaths(last, entry.path) >= 0) throw reader.damage('entries are out of order');
    last = entry.path;
    yield entry;
  }
}
