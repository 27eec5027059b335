// Section 6 of docs/format.md: tables, the index, and chunks read from packs.
import { createHash, createHmac } from 'node:crypto';
import { Cursor, demand, FormatError } from './bytes.mjs';
import {
  FRAME,
  HEADER_LENGTH,
  openFrame,
  parseHeader,
  sealedToDomain,
  sealedToOwner,
  TYPE,
} from './sealing.mjs';

const BLOCK_UNIT = 4096;
const MAX_BLOCK = FRAME.block.limit;
const MAX_SEALED_UNITS = MAX_BLOCK / BLOCK_UNIT + 1;
const CACHED_BLOCKS = 16;
const ZERO32 = Buffer.alloc(32);

/** Decodes a table: {packs, rows, refined, superseded}; ids are hexadecimal. */
export function parseTable(bytes, what) {
  const cursor = new Cursor(bytes);
  demand(cursor.u8() === 1, `${what}: unknown version of a table`);
  const packs = times(cursor, 137, () => parsePack(cursor, what));
  const rows = times(cursor, 52, () => parseRow(cursor, packs, what));
  const refined = times(cursor, 32, () => cursor.take(32).toString('hex'));
  const superseded = times(cursor, 16, () => cursor.take(16).toString('hex'));
  cursor.end(what);
  demandAscending(rows, compareRows, `${what}: rows`);
  demandAscending(refined, compareText, `${what}: refined chunks`);
  return { packs, rows, refined, superseded };
}

function times(cursor, leastBytes, parse) {
  const count = cursor.varint();
  demand(count * leastBytes <= cursor.left, 'a count exceeds the bytes that are left');
  return Array.from({ length: count }, parse);
}

function parsePack(cursor, what) {
  const pack = {
    id: cursor.take(16).toString('hex'),
    domain: cursor.take(16).toString('hex'),
    kind: cursor.u8(),
    size: Number(cursor.u64()),
    sha256: cursor.take(32),
    ephemeral: cursor.take(32),
    commitment: cursor.take(32),
  };
  demand(pack.kind === 1 || pack.kind === 2, `${what}: unknown kind of pack ${pack.kind}`);
  return pack;
}

function parseRow(cursor, packs, what) {
  const id = cursor.take(32).toString('hex');
  const [position, block, sealed, offset, length] = [0, 0, 0, 0, 0].map(() => cursor.u32());
  const pack = packs[position];
  demand(pack, `${what}: a row names pack ${position} of ${packs.length}`);
  demand(length > 0 && offset + length <= MAX_BLOCK, `${what}: a row lies outside of its block`);
  demand(sealed > 0 && sealed <= MAX_SEALED_UNITS, `${what}: a row's block has ${sealed} units`);
  const end = HEADER_LENGTH + (block + sealed) * BLOCK_UNIT;
  demand(pack.size === 0 || end < pack.size, `${what}: a row's block lies outside of its pack`);
  return { id, position, pack, block, sealed, offset, length };
}

function compareText(a, b) {
  return a < b ? -1 : Number(a > b);
}

function compareRows(a, b) {
  return compareText(a.id, b.id) || a.position - b.position || a.block - b.block || a.offset - b.offset;
}

function demandAscending(list, compare, what) {
  const isAscending = list.every((item, index) => index === 0 || compare(list[index - 1], item) < 0);
  demand(isAscending, `${what} are not in ascending order`);
}

/**
 * All tables of `index/` in one: {rows, problems, superseded}. An object that does not open is a problem, not the end. `superseded` is
 * for prune: readers take every object that is there. A push-only key reads its own domain.
 */
export function loadIndex(store, keys) {
  const problems = [];
  const superseded = [];
  const rows = new Map();
  for (const name of store.list('index')) {
    try {
      const table = readIndex(store, keys, name);
      if (!table) continue;
      for (const row of table.rows) addRow(rows, row);
      superseded.push(...table.superseded);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  return { rows, problems, superseded };
}

function readIndex(store, keys, name) {
  demand(/^index\/[0-9a-f]{32}$/.test(name), 'not the name of an index object');
  const bytes = store.read(name);
  const header = parseHeader(bytes, TYPE.index, name);
  if (!keys.privateKey && !keys.domainKeys(header.domain)) return undefined;
  const key = sealedToDomain(keys, name, header);
  const table = parseTable(openFrame(key, FRAME.index, 0, bytes.subarray(HEADER_LENGTH), name), name);
  for (const pack of table.packs) demand(pack.domain === header.domain, 'names a pack of another domain');
  return table;
}

function addRow(rows, row) {
  const place = `${row.pack.domain} ${row.id}`;
  const others = rows.get(place);
  if (others) others.push(row);
  else rows.set(place, [row]);
}

/** Makes the function that reads chunks: ({domain, id, length, kind}) -> verified bytes. Kind is 1 (data) or 2 (meta). */
export function chunkReader(store, keys, rows) {
  const packs = new Map();
  const blocks = new Map();
  const openPack = (pack) =>
    remember(packs, pack.id, Number.POSITIVE_INFINITY, () => checkPack(store, keys, pack));
  const openBlock = (row) =>
    remember(blocks, `${row.pack.id} ${row.block}`, CACHED_BLOCKS, () =>
      readBlock(store, openPack(row.pack), row),
    );
  return ({ domain, id, length, kind }) => {
    const candidates = (rows.get(`${domain} ${id}`) ?? []).filter((row) => row.pack.kind === kind);
    demand(candidates.length > 0, `the chunk ${id} is in no table`);
    const present = candidates.find((row) => store.exists(packName(row.pack)));
    demand(present, `the pack ${candidates[0].pack.id} is missing`);
    demand(present.length === length, `the chunk ${id} has ${present.length} bytes, a list says ${length}`);
    return verified(keys, openBlock(present), present);
  };
}

function remember(cache, key, size, make) {
  if (!cache.has(key)) cache.set(key, make());
  if (cache.size > size) cache.delete(cache.keys().next().value);
  return cache.get(key);
}

export function packName({ kind, id }) {
  return `packs/${kind === 1 ? 'data' : 'meta'}/${id.slice(0, 2)}/${id}`;
}

/** Checks a whole pack against its row of the table and its own directory; answers its name and key. */
function checkPack(store, keys, pack) {
  const name = packName(pack);
  const bytes = store.read(name);
  demand(bytes.length === pack.size, `${name}: ${bytes.length} bytes, the table says ${pack.size}`);
  const isKnown = !pack.sha256.equals(ZERO32);
  const isSame = !isKnown || createHash('sha256').update(bytes).digest().equals(pack.sha256);
  demand(isSame, `${name}: another SHA-256 than the table's`);
  const header = parseHeader(bytes, pack.kind, name);
  demand(header.domain === pack.domain, `${name}: another domain than the table's`);
  demand(header.salt.equals(pack.ephemeral), `${name}: another ephemeral key than the table's`);
  demand(header.commitment.equals(pack.commitment), `${name}: another commitment than the table's`);
  return { name, key: sealedToOwner(keys, name, header), blocks: readDirectory(keys, name, header, bytes) };
}

/** Opens the directory at the pack's end; answers its blocks, offset unit -> sealed units. They fill the pack. */
function readDirectory(keys, name, header, bytes) {
  demand(bytes.toString('latin1', bytes.length - 4) === 'BMCE', `${name}: does not end with BMCE`);
  const end = bytes.length - 8;
  const start = end - bytes.readUInt32LE(end);
  demand(start > HEADER_LENGTH && end - start > 64, `${name}: the footer's length is wrong`);
  const salt = bytes.subarray(start, start + 32);
  const commitment = bytes.subarray(start + 32, start + 64);
  const key = sealedToDomain(keys, name, { type: TYPE.directory, domain: header.domain, salt, commitment });
  const table = parseTable(openFrame(key, FRAME.directory, 0, bytes.subarray(start + 64, end), name), name);
  checkDirectory(table, header, name);
  const blocks = new Map(table.rows.map((row) => [row.block, row.sealed]));
  demand(
    table.rows.every((row) => blocks.get(row.block) === row.sealed),
    `${name}: rows of one block differ`,
  );
  let next = 0;
  while (blocks.has(next)) next += blocks.get(next);
  demand(HEADER_LENGTH + next * BLOCK_UNIT === start, `${name}: the directory's blocks do not fill the pack`);
  return blocks;
}

function checkDirectory({ packs, refined, superseded }, header, name) {
  const isAlone = packs.length === 1 && refined.length + superseded.length === 0;
  demand(isAlone, `${name}: a directory has its own pack alone`);
  const [pack] = packs;
  const isItself =
    name === packName(pack) && pack.domain === header.domain && pack.size === 0 && pack.sha256.equals(ZERO32);
  demand(isItself, `${name}: the directory describes another pack`);
  const isBound = pack.ephemeral.equals(header.salt) && pack.commitment.equals(header.commitment);
  demand(isBound, `${name}: the directory has another header`);
}

function readBlock(store, { name, key, blocks }, row) {
  demand(blocks.get(row.block) === row.sealed, `${name}: a table's block is not in the directory`);
  const sealed = store.read(name, HEADER_LENGTH + row.block * BLOCK_UNIT, row.sealed * BLOCK_UNIT);
  return openFrame(key, FRAME.block, row.block, sealed, `${name}, block ${row.block}`);
}

function verified(keys, block, { id, pack, offset, length }) {
  demand(offset + length <= block.length, `the chunk ${id} lies outside of its block`);
  const chunk = block.subarray(offset, offset + length);
  const digest = createHash('sha256').update(chunk).digest();
  const actual = createHmac('sha256', keys.domainKeys(pack.domain).id).update(digest).digest('hex');
  demand(actual === id, `the chunk ${id} is not what its id says`);
  return chunk;
}
