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
  /** The fields after 6. */
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
  const plaintext = payload(record([...first, ...fields]), 1, 512);
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

/** A list over chunks, of any depth; the list chunks it needs are pushed to `meta`, `fanOut` items in each. */
export function listOf(
  domain: DomainKeys,
  items: Buffer[],
  depth: number,
  meta: Buffer[],
  fanOut: number,
): Buffer {
  if (depth === 0) return list(0, items);
  let level = items;
  for (let height = 0; height < depth; height++) {
    const chunks: Buffer[] = [];
    for (let start = 0; start < level.length; start += fanOut)
      chunks.push(Buffer.concat(level.slice(start, start + fanOut)));
    meta.push(...chunks);
    level = chunks.map((chunk) => item({ id: chunkId(domain, chunk), length: chunk.length }));
  }
  return list(depth, level);
}

/** A run list over encoded entries, `perSegment` in each segment; segments and list chunks are pushed to `meta`. */
export function runListOf(
  domain: DomainKeys,
  run: { path: Buffer; encoded: Buffer }[],
  { depth, perSegment, meta }: { depth: number; perSegment: number; meta: Buffer[] },
): Buffer {
  const items: Buffer[] = [];
  for (let start = 0; start < run.length; start += perSegment) {
    const segment = Buffer.concat(run.slice(start, start + perSegment).map(({ encoded }) => encoded));
    meta.push(segment);
    const firstPath = run[start]!.path;
    items.push(runItem({ id: chunkId(domain, segment), length: segment.length, firstPath }));
  }
  return listOf(domain, items, depth, meta, 3);
}
