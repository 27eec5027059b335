// Writes repositories by docs/format.md, for the tests of the reader: small, whole in memory, without any check.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type ChunkRow,
  type Field,
  hex,
  item,
  list,
  type NamedChunk,
  type PackRow,
  record,
  runItem,
  type Table,
  table,
  time,
  u8,
  u32,
  varint,
} from './encode.ts';
import {
  chunkId,
  type DomainKeys,
  domainKey,
  formatJson,
  frame,
  header,
  type OwnerKeys,
  ownerKey,
  ownerSignature,
  payload,
  type SlotRequest,
  slotJson,
} from './seal.ts';

export const DATA = 1;
export const META = 2;

/** A pack that was put: its row of the table, and the rows of its chunks. */
export interface Put {
  pack: PackRow;
  rows: ChunkRow[];
}

export interface ManifestPut {
  number: number;
  sha256: Buffer;
}

/** A repository in a directory, with the master key that a real writer would forget. */
export interface TestRepository {
  directory: string;
  owner: OwnerKeys;
}

export function put({ directory }: TestRepository, key: string, value: Buffer | string): void {
  const path = join(directory, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, value);
}

export function putFormat(repo: TestRepository, changes?: object): void {
  putTwice(repo, 'format.json', formatJson(repo.owner, changes));
}

export function putSlot(repo: TestRepository, request: SlotRequest): void {
  putTwice(repo, `keys/${request.id}`, slotJson(repo.owner, request));
}

function putTwice(repo: TestRepository, key: string, value: string): void {
  put(repo, key, value);
  put(repo, `spare/${key}`, value);
}

/** How a pack differs from the right one. */
export interface PackChanges {
  codec?: number;
  /** Changes the table of the directory. */
  listed?: (right: Table) => Table;
  /** Changes the bytes of the whole pack; the table's size and hash are of these. */
  finish?: (right: Buffer) => Buffer;
}

export function putPack(
  repo: TestRepository,
  domain: DomainKeys,
  kind: 1 | 2,
  blocks: Buffer[][],
  { codec = 1, listed = (right) => right, finish = (right) => right }: PackChanges = {},
): Put {
  const id = randomBytes(16).toString('hex');
  const name = `packs/${kind === DATA ? 'data' : 'meta'}/${id.slice(0, 2)}/${id}`;
  const { key, salt, commitment } = ownerKey(repo.owner, domain, kind, name);
  const { rows, sealed } = sealBlocks(domain, id, key, blocks, codec);
  const pack = {
    id,
    domain: domain.domain,
    kind,
    size: 0,
    sha256: Buffer.alloc(32),
    ephemeral: salt,
    commitment,
  };
  const end = sealDirectory(repo.owner, domain, name, table(listed({ packs: [pack], rows })));
  const footer = Buffer.concat([u32(end.length), Buffer.from('BMCE')]);
  const start = header(kind, domain.domain, salt, commitment);
  const whole = finish(Buffer.concat([start, ...sealed, end, footer]));
  put(repo, name, whole);
  return { pack: { ...pack, size: whole.length, sha256: sha256(whole) }, rows };
}

function sealDirectory(owner: OwnerKeys, domain: DomainKeys, name: string, decoded: Buffer): Buffer {
  const { key, salt, commitment } = domainKey(owner, domain, 5, name);
  return Buffer.concat([salt, commitment, frame(key, 2, 0, payload(decoded, 1, 512))]);
}

export function putIndex(
  repo: TestRepository,
  domain: DomainKeys,
  puts: Put[],
  more: Partial<Table> = {},
): string {
  const packs = puts.map(({ pack }) => pack);
  const rows = puts.flatMap((one) => one.rows);
  return putIndexPayload(repo, domain, payload(table({ packs, rows, ...more }), 1, 512));
}

/** Puts an index object around any plaintext of a frame. */
export function putIndexPayload(repo: TestRepository, domain: DomainKeys, plaintext: Buffer): string {
  const id = randomBytes(16).toString('hex');
  const { key, salt, commitment } = domainKey(repo.owner, domain, 3, `index/${id}`);
  put(
    repo,
    `index/${id}`,
    Buffer.concat([header(3, domain.domain, salt, commitment), frame(key, 3, 0, plaintext)]),
  );
  return id;
}

export interface ManifestRequest {
  job: string;
  number: number;
  kind: number;
  /** The fields after 6; those that must be there and are not are added. */
  fields?: Field[];
  /** What follows the digits of the key. */
  suffix?: string;
  /** Fields 1 to 6 in place of the right ones. */
  first?: Field[];
}

export function putManifest(repo: TestRepository, domain: DomainKeys, request: ManifestRequest): ManifestPut {
  const { job, number, kind, fields = [], suffix = '' } = request;
  const first = request.first ?? identity(job, number, kind);
  const name = `manifests/${job}/${String(10 ** 15 - 1 - number).padStart(15, '0')}${suffix}`;
  const missing = description().filter(([number]) => !fields.some(([given]) => given === number));
  const rest = [...missing, ...fields].sort(([a], [b]) => a - b);
  const plaintext = payload(record([...first, ...rest]), 1, 512);
  const { key, salt, commitment } = ownerKey(repo.owner, domain, 4, name);
  const sealed = Buffer.concat([header(4, domain.domain, salt, commitment), frame(key, 4, 0, plaintext)]);
  put(repo, name, sealed);
  return { number, sha256: sha256(sealed) };
}

export function putOwnerRecord(repo: TestRepository, kind: string, fields: Field[]): string {
  const id = randomBytes(16).toString('hex');
  const name = `owner/${kind}/${id}`;
  const body = record(fields);
  const start = header(6, '0'.repeat(32), Buffer.alloc(32), Buffer.alloc(32));
  put(repo, name, Buffer.concat([start, body, ownerSignature(repo.owner, name, body)]));
  return id;
}

function sha256(value: Buffer): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Fields 1 to 6 of a manifest. */
export function identity(job: string, number: number, kind: number): Field[] {
  const values = [
    hex(job),
    varint(number),
    u8(kind),
    randomBytes(16),
    time(1_700_000_000),
    time(1_700_000_060, 5),
  ];
  return values.map((value, index): Field => [index + 1, value]);
}

/** Fields 9 to 12 and 19 of a manifest. */
function description(): Field[] {
  const texts = ['host', 'user', 'job'].map((text, index): Field => [index + 9, Buffer.from(text)]);
  return [...texts, [12, randomBytes(16)], [19, u8(1)]];
}

/** Fields 1 to 12, 18 and 19: what a later manifest repeats of an earlier one. */
export function brief(job: string, number: number): Buffer {
  return record([...identity(job, number, 1), ...description().slice(0, 4), [18, u8(0), false], [19, u8(1)]]);
}

/** Field 32, and nothing where there is no base. */
export function baseField(base: ManifestPut | undefined): Field[] {
  return base ? [[32, Buffer.concat([varint(base.number), base.sha256])]] : [];
}

function sealBlocks(domain: DomainKeys, pack: string, key: Buffer, blocks: Buffer[][], codec: number) {
  const rows: ChunkRow[] = [];
  const sealed: Buffer[] = [];
  let block = 0;
  for (const chunks of blocks) {
    const bytes = frame(key, 1, block, payload(Buffer.concat(chunks), codec, 4096));
    let offset = 0;
    for (const chunk of chunks) {
      const place = { pack, block, sealed: bytes.length / 4096, offset, length: chunk.length };
      rows.push({ id: chunkId(domain, chunk), ...place });
      offset += chunk.length;
    }
    sealed.push(bytes);
    block += bytes.length / 4096;
  }
  return { rows, sealed };
}

/** A list over encoded items, of any depth; the list chunks it needs are pushed to `meta`, `fanOut` items in each. */
export function listOf(
  domain: DomainKeys,
  items: Buffer[],
  depth: number,
  meta: Buffer[],
  fanOut: number,
): Buffer {
  let level = items;
  for (let height = 0; height < depth; height++)
    level = grouped(level, fanOut).map((group) => item(stored(domain, Buffer.concat(group), meta)));
  return list(depth, level);
}

/** A run list over encoded entries, `perSegment` in each segment; segments and list chunks are pushed to `meta`. */
export function runListOf(
  domain: DomainKeys,
  run: { path: Buffer; encoded: Buffer }[],
  { depth, perSegment, meta }: { depth: number; perSegment: number; meta: Buffer[] },
): Buffer {
  const above = (group: { path: Buffer; encoded: Buffer }[]) => {
    const path = group[0]!.path;
    const chunk = stored(domain, Buffer.concat(group.map(({ encoded }) => encoded)), meta);
    return { path, encoded: runItem({ ...chunk, firstPath: path }) };
  };
  let level = grouped(run, perSegment).map(above);
  for (let height = 0; height < depth; height++) level = grouped(level, 3).map(above);
  const encoded = level.map((one) => one.encoded);
  return list(depth, encoded);
}

function stored(domain: DomainKeys, chunk: Buffer, meta: Buffer[]): NamedChunk {
  meta.push(chunk);
  return { id: chunkId(domain, chunk), length: chunk.length };
}

function grouped<T>(all: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
