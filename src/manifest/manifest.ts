import { type Field, readFields, refuseRepetitions, unknownField, writeField } from '../model/record.ts';
import type { Manifest, RunItem, RunList, SnapshotHeader } from '../model/snapshot.ts';
import { damaged, Reader, Writer } from '../model/wire.ts';
import { BODY_FIELDS, readHeader, writeHeader } from './header.ts';

/*
 * Manifests as records (docs/format.md, section 8).
 */

const WHAT = 'a manifest';
const MAX_DEPTH = 4;

export function encodeManifest(manifest: Manifest): Uint8Array {
  const writer = new Writer(4096);
  writeHeader(writer, manifest.header);
  const { base, changes, state } = manifest;
  if (base) writeField(writer, 32, true, new Writer(40).varint(base.number).raw(base.hash).take());
  if (changes instanceof Uint8Array) writeField(writer, 33, true, changes);
  else if (changes) writeField(writer, 34, true, encodeRunList(changes));
  if (state) writeField(writer, 35, true, encodeRunList(state));
  for (const earlier of manifest.earlier) {
    const record = new Writer();
    writeHeader(record, withoutDetails(earlier));
    writeField(writer, 36, false, record.take());
  }
  return writer.take();
}

/** What a later manifest repeats of an earlier one must stay small, however many there are. */
function withoutDetails(header: SnapshotHeader): SnapshotHeader {
  const { statistics: _, tool: __, ...rest } = header;
  return { ...rest, sources: [], skipped: [], tags: [] };
}

/** @throws `damaged`, `newer-format` */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const fields = readFields(bytes, WHAT);
  refuseRepetitions(fields, (number) => number >= BODY_FIELDS && number <= 35, WHAT);
  const manifest: Manifest = { header: readHeader(fields), earlier: [] };
  for (const field of fields) if (field.number >= BODY_FIELDS) readBodyField(manifest, field);
  return manifest;
}

/** Checks that a manifest has what its kind has, and nothing else. @throws `damaged` */
export function checkManifest({ header, base, changes, state, earlier }: Manifest, what: string): void {
  const { kind, number } = header;
  if ((kind === 'registration') !== (number === 0))
    throw damaged(what, 'number 0 registers a job, and only that');
  if (kind === 'registration' || kind === 'fence') {
    if (base || changes || state || (kind === 'registration' && earlier.length > 0))
      throw damaged(what, `a ${kind} has no entries`);
  }
  if (base && base.number >= number) throw damaged(what, 'it builds on a later one');
}

function readBodyField(manifest: Manifest, field: Field): void {
  switch (field.number) {
    case 32:
      manifest.base = readBase(field.value);
      break;
    case 33:
      manifest.changes = field.value;
      break;
    case 34:
      if (manifest.changes) throw damaged(WHAT, 'it has changes twice');
      manifest.changes = decodeRunList(field.value);
      break;
    case 35:
      manifest.state = decodeRunList(field.value);
      break;
    case 36:
      manifest.earlier.push(readHeader(readFields(field.value, WHAT)));
      break;
    default:
      if (field.critical) throw unknownField(WHAT, field.number);
  }
}

function readBase(value: Uint8Array): { number: number; hash: Uint8Array } {
  const reader = new Reader(value, WHAT);
  const base = { number: reader.varint(), hash: reader.raw(32) };
  reader.end();
  return base;
}

export function encodeRunList(list: RunList): Uint8Array {
  const writer = new Writer(1024).u8(list.depth);
  for (const item of list.items) encodeRunItem(writer, item);
  return writer.take();
}

export function encodeRunItem(writer: Writer, item: RunItem): void {
  writer
    .varint(item.length * 2)
    .raw(item.id)
    .prefixed(item.firstPath);
}

export function decodeRunList(bytes: Uint8Array): RunList {
  const depth = bytes[0];
  if (depth === undefined || depth > MAX_DEPTH) throw damaged(WHAT, 'a list of segments is too deep');
  const items = decodeRunItems(bytes.subarray(1));
  if (depth > 0 && items.length === 0) throw damaged(WHAT, 'its list of list chunks names none');
  return { depth, items };
}

/** The items in the bytes of a run list after its depth, or of a list chunk. */
export function decodeRunItems(bytes: Uint8Array): RunItem[] {
  const reader = new Reader(bytes, 'a list of segments');
  const items: RunItem[] = [];
  while (reader.remaining > 0) {
    const key = reader.varint();
    if (key % 2 === 1) throw reader.damage('it has a hole');
    if (key === 0) throw reader.damage('a segment has no bytes');
    items.push({ length: key / 2, id: reader.raw(32), firstPath: reader.prefixed() });
  }
  return items;
}
