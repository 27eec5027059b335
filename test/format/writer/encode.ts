// Encodings of docs/format.md for the tests' own writer: numbers, records, entries, lists, tables.

/** A field of a record: [number, value, critical]; critical is true unless false is given. */
export type Field = [number: number, value: Buffer, critical?: boolean];

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

export function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

export function u8(value: number): Buffer {
  return Buffer.from([value]);
}

export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

export function bytes(value: Buffer | string): Buffer {
  const buffer = Buffer.from(value as string);
  return Buffer.concat([varint(buffer.length), buffer]);
}

export function time(seconds: number, nanoseconds = 0): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeBigInt64LE(BigInt(seconds));
  buffer.writeUInt32LE(nanoseconds, 8);
  return buffer;
}

export function record(fields: Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value, critical = true]) => [
      varint(number * 2 + Number(critical)),
      bytes(value),
    ]),
  );
}

/** One item of a list: a chunk, or a hole. */
export type Item = NamedChunk | { hole: number };

export interface NamedChunk {
  id: string;
  length: number;
}

export function item(entry: Item): Buffer {
  if ('hole' in entry) return varint(entry.hole * 2 + 1);
  return Buffer.concat([varint(entry.length * 2), hex(entry.id)]);
}

/** An item of a run list: it names a segment or a list chunk, and the first path in it. */
export function runItem(entry: NamedChunk & { firstPath: Buffer }): Buffer {
  return Buffer.concat([item(entry), bytes(entry.firstPath)]);
}

export function list(depth: number, items: Buffer[]): Buffer {
  return Buffer.concat([u8(depth), ...items]);
}

export function entry(path: Buffer, stat: Buffer, content: Field[]): Buffer {
  return bytes(Buffer.concat([bytes(path), bytes(stat), record(content)]));
}

/** The entry in a run of changes that deletes a path. */
export function deletion(path: Buffer): Buffer {
  return entry(path, Buffer.alloc(0), [[35, Buffer.alloc(0)]]);
}

export interface PackRow {
  id: string;
  domain: string;
  kind: number;
  size: number;
  sha256: Buffer;
  ephemeral: Buffer;
  commitment: Buffer;
}

export interface ChunkRow {
  id: string;
  pack: string;
  block: number;
  sealed: number;
  offset: number;
  length: number;
}

export interface Table {
  packs: PackRow[];
  rows: ChunkRow[];
  /** Ids of chunks whose parts have rows. */
  refined?: string[];
  superseded?: string[];
}

export function table({ packs, rows, refined = [], superseded = [] }: Table): Buffer {
  const encoded = rows.map((row) => chunkRow(row, packs.findIndex(({ id }) => id === row.pack) >>> 0));
  const ordered = encoded.sort((a, b) => Buffer.compare(rowOrder(a), rowOrder(b)));
  const counted = (encodings: Buffer[]) => [varint(encodings.length), ...encodings];
  return Buffer.concat([
    u8(1),
    ...counted(packs.map(packRow)),
    ...counted(ordered),
    ...counted(refined.map(hex)),
    ...counted(superseded.map(hex)),
  ]);
}

function packRow({ id, domain, kind, size, sha256, ephemeral, commitment }: PackRow): Buffer {
  return Buffer.concat([hex(id), hex(domain), u8(kind), u64(size), sha256, ephemeral, commitment]);
}

function chunkRow({ id, block, sealed, offset, length }: ChunkRow, pack: number): Buffer {
  return Buffer.concat([hex(id), ...[pack, block, sealed, offset, length].map(u32)]);
}

/** The id and the big-endian numbers of a row, so that comparing bytes compares rows. */
function rowOrder(row: Buffer): Buffer {
  return Buffer.concat([row.subarray(0, 32), Buffer.from(row.subarray(32)).swap32()]);
}
