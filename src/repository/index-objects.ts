import { equalBytes, ID_BYTES, type RandomSource, systemRandom, toHex } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import { directoryLength, PACK_FOOTER_BYTES, packName } from '../pack/packer.ts';
import { decodeTable, encodeTable, type PackKind, type PackRow, type Table } from '../pack/table.ts';
import { frameKinds, openFrame } from '../seal/frame.ts';
import type { RepositoryKeys, WriteKeys } from '../seal/keys.ts';
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  newIndexObject,
  objectTypes,
  openIndexObject,
} from '../seal/object.ts';
import { decodePayload } from '../seal/payload.ts';
import type { Store } from '../store/store.ts';
import { sealWhole } from './sealing.ts';

/*
 * Sealed tables in the store: index objects and the directories of packs (docs/format.md, section 6).
 */

const MAX_TABLE_BYTES = 256 * 1024 * 1024;

export function indexName(id: Uint8Array): string {
  return `index/${toHex(id)}`;
}

/** Stores a table as a new index object. @returns its id */
export async function writeIndexObject(
  store: Pick<Store, 'put'>,
  write: WriteKeys,
  table: Table,
  random: RandomSource = systemRandom,
): Promise<Uint8Array> {
  const id = random(ID_BYTES);
  const { header, key } = newIndexObject(write, objectTypes.index, indexName(id), random);
  await store.put(
    indexName(id),
    sealWhole([encodeHeader(header)], key, frameKinds.index, encodeTable(table)),
  );
  return id;
}

/** Reads an index object. @throws `damaged`, `not-allowed` for another domain's, to a push-only key */
export async function readIndexObject(
  store: Pick<Store, 'get'>,
  keys: Pick<RepositoryKeys, 'write' | 'owner'>,
  name: string,
): Promise<Table> {
  const bytes = await store.get(name);
  const header = decodeHeader(bytes, name);
  if (header.type !== objectTypes.index) throw damaged(name, 'it is something else than an index object');
  const key = openIndexObject(keys, header, name);
  const payload = openFrame(key, frameKinds.index, 0, bytes.subarray(HEADER_BYTES), name);
  const table = decodeTable(decodePayload(payload, MAX_TABLE_BYTES, name), name);
  if (table.packs.some((pack) => !equalBytes(pack.domain, header.domain))) {
    throw damaged(name, 'it names a pack of another domain');
  }
  return table;
}

/**
 * Reads the directory of a pack that no index names: what a crash left of a push. Its SHA-256 stays unknown.
 * @returns undefined for what is no whole pack
 */
export async function readDirectory(
  store: Pick<Store, 'get'>,
  keys: Pick<RepositoryKeys, 'write' | 'owner'>,
  pack: { kind: PackKind; id: Uint8Array; size: number },
): Promise<Table | undefined> {
  const { kind, id, size } = pack;
  const name = packName(kind, id);
  if (size < HEADER_BYTES + PACK_FOOTER_BYTES) return undefined;
  const length = directoryLength(await store.get(name, { start: size - PACK_FOOTER_BYTES, end: size }));
  const end = size - PACK_FOOTER_BYTES;
  if (length === undefined || length < 80 || end - length < HEADER_BYTES) return undefined;
  const header = decodeHeader(await store.get(name, { start: 0, end: HEADER_BYTES }), name);
  const bytes = await store.get(name, { start: end - length, end });
  const table = openDirectory(keys, name, header.domain, bytes);
  const row = table.packs[0] as PackRow;
  if (table.packs.length !== 1 || !equalBytes(row.id, id))
    throw damaged(name, 'its directory is of another pack');
  return { ...table, packs: [{ ...row, size }] };
}

function openDirectory(
  keys: Pick<RepositoryKeys, 'write' | 'owner'>,
  name: string,
  domain: Uint8Array,
  bytes: Uint8Array,
): Table {
  const header = {
    type: objectTypes.directory,
    domain,
    salt: bytes.subarray(0, 32),
    commitment: bytes.subarray(32, 64),
  };
  const key = openIndexObject(keys, header, name);
  const payload = openFrame(key, frameKinds.directory, 0, bytes.subarray(64), name);
  return decodeTable(decodePayload(payload, MAX_TABLE_BYTES, name), name);
}
