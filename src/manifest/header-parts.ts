import type { LockOwner } from '../model/owner.ts';
import { readFields, unknownField, writeField } from '../model/record.ts';
import {
  noStatistics,
  type Rung,
  rungs,
  type SkippedPath,
  type Source,
  type Statistics,
} from '../model/snapshot.ts';
import { damaged, decodeText, Reader, Writer } from '../model/wire.ts';

/*
 * Records within a manifest's header (docs/format.md, section 8): sources, statistics, skipped paths.
 */

const WHAT = 'a manifest';
const statisticsOrder: (keyof Statistics)[] = [
  'files',
  'directories',
  'others',
  'bytes',
  'new',
  'changed',
  'deleted',
  'unchanged',
  'bytesRead',
  'bytesStored',
  'skipped',
];

export function encodeSource(source: Source): Uint8Array {
  const writer = new Writer();
  writeField(writer, 1, true, textBytes(source.name));
  writeField(writer, 2, true, source.path);
  writeField(writer, 3, true, Uint8Array.of(source.kind === 'tree' ? 1 : 2));
  return writer.take();
}

export function encodeStatistics(statistics: Statistics): Uint8Array {
  const writer = new Writer();
  statisticsOrder.forEach((name, i) => {
    writeField(writer, i + 1, true, varintBytes(statistics[name]));
  });
  return writer.take();
}

export function encodeSkipped(skipped: SkippedPath): Uint8Array {
  const writer = new Writer();
  writeField(writer, 1, true, skipped.path);
  writeField(writer, 2, true, textBytes(skipped.reason));
  writeField(writer, 3, true, textBytes(skipped.code));
  for (const owner of skipped.owners ?? []) writeField(writer, 4, false, encodeOwner(owner));
  if (skipped.attempts !== undefined) writeField(writer, 5, false, varintBytes(skipped.attempts));
  for (const rung of skipped.tried ?? [])
    writeField(writer, 6, false, Uint8Array.of(rungs.indexOf(rung) + 1));
  if (skipped.noShadow !== undefined) writeField(writer, 7, false, textBytes(skipped.noShadow));
  return writer.take();
}

function encodeOwner({ pid, program, user, service }: LockOwner): Uint8Array {
  const writer = new Writer();
  writeField(writer, 1, true, varintBytes(pid));
  writeField(writer, 2, true, textBytes(program));
  if (user !== undefined) writeField(writer, 3, false, textBytes(user));
  if (service !== undefined) writeField(writer, 4, false, textBytes(service));
  return writer.take();
}

export function decodeSource(value: Uint8Array): Source {
  const source: Source = { name: '', path: new Uint8Array(0), kind: 'tree' };
  for (const field of readFields(value, WHAT)) {
    if (field.number === 1) source.name = decodeText(field.value, WHAT);
    else if (field.number === 2) source.path = field.value;
    else if (field.number === 3) source.kind = code(field.value, ['tree', 'stdin'], 'the kind of a source');
    else if (field.critical) throw unknownField(WHAT, field.number);
  }
  return source;
}

export function decodeStatistics(value: Uint8Array): Statistics {
  const statistics = { ...noStatistics };
  for (const field of readFields(value, WHAT)) {
    const name = statisticsOrder[field.number - 1];
    if (name) statistics[name] = readVarint(field.value);
    else if (field.critical) throw unknownField(WHAT, field.number);
  }
  return statistics;
}

export function decodeSkipped(value: Uint8Array): SkippedPath {
  const skipped: SkippedPath = { path: new Uint8Array(0), reason: '', code: '' };
  const owners: LockOwner[] = [];
  const tried: Rung[] = [];
  for (const field of readFields(value, WHAT)) {
    if (field.number === 1) skipped.path = field.value;
    else if (field.number === 2) skipped.reason = decodeText(field.value, WHAT);
    else if (field.number === 3) skipped.code = decodeText(field.value, WHAT);
    else if (field.number === 4) owners.push(decodeOwner(field.value));
    else if (field.number === 5) skipped.attempts = readVarint(field.value);
    else if (field.number === 6) tried.push(...rungOf(field.value));
    else if (field.number === 7) skipped.noShadow = decodeText(field.value, WHAT);
    else if (field.critical) throw unknownField(WHAT, field.number);
  }
  return {
    ...skipped,
    ...(owners.length > 0 && { owners }),
    ...(tried.length > 0 && { tried }),
  };
}

/** A way of reading that a newer program knows is none of ours. */
function rungOf(value: Uint8Array): Rung[] {
  const rung = rungs[(value[0] ?? 0) - 1];
  return rung ? [rung] : [];
}

function decodeOwner(value: Uint8Array): LockOwner {
  const owner: LockOwner = { pid: 0, program: '' };
  for (const field of readFields(value, WHAT)) {
    if (field.number === 1) owner.pid = readVarint(field.value);
    else if (field.number === 2) owner.program = decodeText(field.value, WHAT);
    else if (field.number === 3) owner.user = decodeText(field.value, WHAT);
    else if (field.number === 4) owner.service = decodeText(field.value, WHAT);
    else if (field.critical) throw unknownField(WHAT, field.number);
  }
  return owner;
}

/** A word that is stored as a number from `first` on. */
export function code<T>(value: Uint8Array, words: readonly T[], what: string, first = 1): T {
  const word = value.length === 1 ? words[(value[0] as number) - first] : undefined;
  if (word === undefined) throw damaged(WHAT, `${what} is unknown`);
  return word;
}

export function readVarint(value: Uint8Array): number {
  const reader = new Reader(value, WHAT);
  const number = reader.varint();
  reader.end();
  return number;
}

export function varintBytes(value: number): Uint8Array {
  return new Writer(8).varint(value).take();
}

const utf8 = new TextEncoder();

export function textBytes(value: string): Uint8Array {
  return utf8.encode(value);
}
