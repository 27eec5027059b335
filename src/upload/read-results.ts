import { decodeText, Reader, Writer } from '../model/wire.ts';
import type { ReadResult } from './tasks.ts';

/*
 * Results on their way between threads: one string of bytes for a whole task. Hundreds of small objects in a message would cost
 * both threads more than the chunks they tell of.
 */

const FAILED = 1;
const CHANGED = 2;
const HAS_STAT = 4;
const HAS_ATTACHED = 8;
const HAS_LOST = 16;
const WHAT = 'an answer of a lane';

export function packResults(results: ReadResult[]): Uint8Array {
  const writer = new Writer(64 + results.length * 64);
  for (const result of results) packResult(writer, result);
  return writer.take();
}

function packResult(writer: Writer, result: ReadResult): void {
  if (result.kind === 'failed') {
    writer.u8(FAILED).text(result.code).text(result.message);
    return;
  }
  const { changed, stat, items, count, bytes, attached, lost } = result;
  const more = (attached ? HAS_ATTACHED : 0) | (lost === undefined ? 0 : HAS_LOST);
  writer.u8((changed ? CHANGED : 0) | (stat ? HAS_STAT : 0) | more);
  writer.prefixed(items).varint(count).varint(bytes);
  if (stat) writer.prefixed(stat);
  if (attached) writer.prefixed(attached);
  if (lost !== undefined) writer.text(lost);
}

/** The same results; their byte strings are views. */
export function unpackResults(bytes: Uint8Array): ReadResult[] {
  const reader = new Reader(bytes, WHAT);
  const results: ReadResult[] = [];
  while (reader.remaining > 0) results.push(unpackResult(reader));
  return results;
}

function unpackResult(reader: Reader): ReadResult {
  const flags = reader.u8();
  if (flags === FAILED) return { kind: 'failed', code: textOf(reader), message: textOf(reader) };
  const result: ReadResult = {
    kind: 'read',
    items: reader.prefixed(),
    count: reader.varint(),
    bytes: reader.varint(),
    changed: (flags & CHANGED) !== 0,
  };
  if (flags & HAS_STAT) result.stat = reader.prefixed();
  if (flags & HAS_ATTACHED) result.attached = reader.prefixed();
  if (flags & HAS_LOST) result.lost = textOf(reader);
  return result;
}

function textOf(reader: Reader): string {
  return decodeText(reader.prefixed(), WHAT);
}
