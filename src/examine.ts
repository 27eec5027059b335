import { entryInfo } from './entry-info.ts';
import { BmcloudError } from './errors.ts';
import { entriesOf } from './model/entry.ts';
import { fromHex, ID_BYTES } from './model/ids.ts';
import { displayPath } from './model/path.ts';
import { readFields } from './model/record.ts';
import { placeAt, ROW_BYTES } from './pack/row.ts';
import type { PackKind, Table } from './pack/table.ts';
import { readDirectory, readIndexObject } from './repository/index-objects.ts';
import { readManifest } from './repository/manifest-objects.ts';
import type { Repository } from './repository/repository.ts';
import { openOwnerRecord } from './seal/sign.ts';
import { readSlot } from './seal/slot.ts';

/** The bytes of an object of the store, as they are. @throws `not-found` */
export async function rawObject(repository: Repository, key: string): Promise<Uint8Array> {
  return await repository.store.get(key);
}

/** What an object of the store says, without any secret. Ids are hexadecimal. @throws `not-found`, `damaged`, `not-allowed`, `usage` */
export async function examine(repository: Repository, key: string): Promise<object> {
  return plain(await decode(repository, key.replace(/^spare\//, ''), key)) as object;
}

async function decode(repository: Repository, kind: string, key: string): Promise<object> {
  const { store, keys } = repository;
  if (kind === 'format.json') return JSON.parse(Buffer.from(await store.get(key)).toString('utf8')) as object;
  if (kind.startsWith('keys/'))
    return withoutSealed(readSlot(Buffer.from(await store.get(key)).toString('utf8'), key));
  if (kind.startsWith('index/')) return tableInfo(await readIndexObject(store, keys, key));
  if (kind.startsWith('packs/')) return await packInfo(repository, key);
  if (kind.startsWith('manifests/')) return await manifestInfo(repository, key);
  if (kind.startsWith('owner/'))
    return { fields: readFields(openOwnerRecord(keys.write, key, await store.get(key)), key) };
  throw new BmcloudError('usage', `"${key}" is not the key of an object of a repository`, {
    hint: 'Keys are format.json, keys/…, index/…, packs/…, manifests/… and owner/…',
  });
}

function withoutSealed(slot: ReturnType<typeof readSlot>): object {
  return Object.fromEntries(Object.entries(slot).filter(([name]) => name !== 'sealed'));
}

function tableInfo({ packs, rows, refined, superseded }: Table): object {
  const chunks = Array.from({ length: rows.length / ROW_BYTES }, (_, row) => ({
    id: rows.subarray(row * ROW_BYTES, row * ROW_BYTES + 32),
    ...placeAt(rows, row * ROW_BYTES),
  }));
  return { packs, chunks, refined: refined.length / 32, superseded };
}

async function packInfo(repository: Repository, key: string): Promise<object> {
  const [, kind, , id = ''] = key.split('/');
  const found = await repository.store.stat(key);
  if (!found) throw new BmcloudError('not-found', `${repository.location} has no ${key}`);
  const pack = { kind: kind as PackKind, id: fromHex(id, ID_BYTES, key), size: found.size };
  const table = await readDirectory(repository.store, repository.keys, pack);
  if (!table) throw new BmcloudError('damaged', `${key} is damaged: it is no whole pack`);
  return tableInfo(table);
}

async function manifestInfo({ store, keys }: Repository, key: string): Promise<object> {
  const { manifest, hash, domain } = await readManifest(store, keys, key);
  const { changes, header } = manifest;
  const skipped = header.skipped.map((one) => ({ ...one, path: displayPath(one.path) }));
  const sources = header.sources.map((one) => ({ ...one, path: displayPath(one.path) }));
  return {
    ...manifest,
    header: { ...header, skipped, sources },
    hash,
    domain,
    changes: changes instanceof Uint8Array ? inlineChanges(changes) : changes,
  };
}

function inlineChanges(run: Uint8Array): object[] {
  return [...entriesOf(run)].map((raw) =>
    raw.stat.length === 0 ? { path: displayPath(raw.path), deleted: true } : entryInfo(raw),
  );
}

/** Bytes as hexadecimal, all the way down. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
