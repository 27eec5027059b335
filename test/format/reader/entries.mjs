// Section 7 of docs/format.md: entries, paths, lists; and the run lists of section 8.
import { Cursor, critical, decodeRecord, demand, demandFields, is, optional, repeated } from './bytes.mjs';

export const TYPES = ['file', 'directory', 'link', 'fifo', 'socket', 'character device', 'block device'];
export const MARK = { racy: 1, changed: 2, carriedOver: 4 };
const META = 2;
const MAX_DEPTH = 4;
const MAX_CHUNK = 8 * 2 ** 20;
const MAX_SEGMENT = 2 ** 20;
const MAX_LIST_CHUNK = 2 ** 20;
const MAX_RUN_LIST = 64 * 1024;
const MAX_LONG_ITEMS = 8;
const BITS_OF_MODE = 0o7777;

const STAT = {
  1: critical('type', is.u8),
  2: critical('size', is.varint),
  3: critical('modified', is.time),
  4: critical('changed', is.time),
  5: optional('born', is.time),
  6: critical('mode', is.varint),
  7: critical('uid', is.varint),
  8: critical('gid', is.varint),
  9: optional('user', is.text),
  10: optional('group', is.text),
  11: optional('inode', is.u64),
  12: optional('device', is.u64),
  13: optional('links', is.varint),
  14: critical('special', is.varint),
  15: critical('target', is.bytes),
  16: optional('attributes', is.varint),
  17: optional('reparseTag', is.varint),
};

const CONTENT = {
  32: critical('list', is.bytes),
  33: optional('marks', is.varint),
  34: critical('untracked', is.u8),
  35: critical('deleted', is.fixed(0)),
  40: repeated(optional('streams', is.bytes)),
  41: optional('descriptor', is.text),
};

const STREAM = { 1: critical('name', is.text), 2: critical('list', is.bytes) };

/** Compares two paths in the order of section 7: as bytes, with `/` before everything else. */
export function comparePaths(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    if (a[index] !== b[index]) return rank(a[index]) - rank(b[index]);
  }
  return a.length - b.length;
}

function rank(byte) {
  return byte === 0x2f ? 0 : byte;
}

/** The entries of a run: inline bytes of `changes`, or of one segment. */
export function parseRun(bytes, { isChanges }) {
  const cursor = new Cursor(bytes);
  const entries = [];
  while (!cursor.atEnd) entries.push(parseEntry(cursor.bytes(), isChanges));
  return entries;
}

function parseEntry(bytes, isChanges) {
  const cursor = new Cursor(bytes);
  const path = cursor.bytes();
  const what = `entry ${JSON.stringify(path.toString())}`;
  checkPath(path, what);
  const stat = cursor.bytes();
  const content = decodeRecord(cursor.rest(), CONTENT, what);
  if (content.deleted) return deletion(path, stat, content, isChanges, what);
  const parsed = parseStat(stat, what);
  return { path, stat: parsed, marks: 0, ...checkContent(content, parsed, what) };
}

function checkPath(path, what) {
  demand(path.length > 0 && path.length <= 65_535, `${what}: a path of ${path.length} bytes`);
  demand(!path.includes(0), `${what}: a NUL in the path`);
  for (const component of path.toString('latin1').split('/')) {
    demand(!['', '.', '..'].includes(component), `${what}: a component is "${component}"`);
    demand(component.length <= 1024, `${what}: a component of more than 1,024 bytes`);
  }
}

function deletion(path, stat, content, isChanges, what) {
  demand(isChanges, `${what}: a deletion outside of changes`);
  const { streams, ...others } = content;
  const isBare = streams.length === 0 && Object.keys(others).length === 1;
  demand(stat.length === 0 && isBare, `${what}: a deletion with other fields`);
  return { path, deleted: true };
}

function parseStat(bytes, what) {
  const stat = decodeRecord(bytes, STAT, `${what}, stat`);
  demandFields(stat, ['type', 'modified', 'changed', 'mode', 'uid', 'gid'], what);
  const type = TYPES[stat.type - 1];
  demand(type, `${what}: unknown type ${stat.type}`);
  demand(stat.mode <= BITS_OF_MODE, `${what}: a mode of more than 12 bits`);
  demand((type === 'file') === (stat.size !== undefined), `${what}: a size and no file, or the reverse`);
  demand((type === 'link') === (stat.target !== undefined), `${what}: a target and no link, or the reverse`);
  demand(
    type.endsWith('device') === (stat.special !== undefined),
    `${what}: a device without numbers, or the reverse`,
  );
  demand(stat.device === undefined || stat.links !== undefined, `${what}: field 12 without field 13`);
  demand(stat.links === undefined || (type === 'file' && stat.links > 1), `${what}: field 13 with one link`);
  return { ...stat, type };
}

function checkContent(content, { type }, what) {
  demand((type === 'file') === (content.list !== undefined), `${what}: a list and no file, or the reverse`);
  demand(
    content.untracked === undefined || content.untracked === 0,
    `${what}: field 34 is ${content.untracked}`,
  );
  const hasMore = content.streams.length > 0 || content.descriptor !== undefined;
  demand(
    !hasMore || type === 'file' || type === 'directory',
    `${what}: a ${type} with streams or a descriptor`,
  );
  return { ...content, streams: parseStreams(content.streams, what) };
}

function parseStreams(records, what) {
  const streams = records.map((record) => decodeRecord(record, STREAM, `${what}, stream`));
  streams.forEach(({ name, list }, at) => {
    demand(name && list, `${what}: a stream without a name or data`);
    const before = streams[at - 1]?.name ?? '';
    demand(Buffer.compare(Buffer.from(before), Buffer.from(name)) < 0, `${what}: streams out of order`);
  });
  return streams;
}

/** The items of a file's list in order: {length, id} of chunks and {length, hole: true}. */
export function* listItems(repo, domain, list) {
  const { depth, items } = parseTop(list);
  const chunks = { parse: parseListItem, limit: MAX_LIST_CHUNK };
  yield* below(repo, domain, depth, items, chunks);
}

/** The entries of a run list, in order, each segment checked against its first path. */
export function* runEntries(repo, domain, list, { isChanges }) {
  const { depth, items } = parseTop(list);
  demandShort(items, MAX_RUN_LIST - 1, 1);
  const segments = { parse: parseRunItem, parseAbove: parseRunItem, limit: MAX_LIST_CHUNK };
  for (const { id, length, firstPath } of below(repo, domain, depth, items, segments)) {
    const entries = parseRun(repo.chunk({ domain, id, length, kind: META }), { isChanges });
    demand(entries[0]?.path.equals(firstPath), 'a segment begins with another path than its list says');
    demand(length <= MAX_SEGMENT || entries.length === 1, `a segment of ${length} bytes`);
    yield* entries;
  }
}

function parseTop(list) {
  const cursor = new Cursor(list);
  const depth = cursor.u8();
  demand(depth <= MAX_DEPTH, `a list of depth ${depth}`);
  demand(depth === 0 || !cursor.atEnd, 'a list of list chunks without items');
  return { depth, items: cursor.rest() };
}

/** The items of depth 0 below the items of a list. `parseAbove` reads those that name list chunks, of at most `limit` bytes. */
function* below(repo, domain, depth, bytes, kind) {
  const { parse, parseAbove = parseChunkItem, limit } = kind;
  const cursor = new Cursor(bytes);
  while (!cursor.atEnd) {
    if (depth === 0) {
      yield parse(cursor);
      continue;
    }
    const { id, length, firstPath } = parseAbove(cursor);
    demand(length <= limit, `a list chunk of ${length} bytes`);
    const lower = repo.chunk({ domain, id, length, kind: META });
    if (firstPath) {
      demandFirstPath(lower, firstPath);
      demandShort(lower, MAX_RUN_LIST, MAX_LONG_ITEMS);
    }
    yield* below(repo, domain, depth - 1, lower, kind);
  }
}

/** Items of a run list have so many bytes, or are so few. */
function demandShort(items, mostBytes, mostItems) {
  if (items.length <= mostBytes) return;
  const cursor = new Cursor(items);
  for (let left = mostItems; left > 0 && !cursor.atEnd; left--) parseRunItem(cursor);
  demand(cursor.atEnd, `${items.length} bytes in one part of a run list`);
}

function demandFirstPath(listChunk, firstPath) {
  const first = parseRunItem(new Cursor(listChunk)).firstPath;
  demand(first.equals(firstPath), 'a list chunk begins with another path than its list says');
}

function parseListItem(cursor) {
  const length = cursor.varint();
  if (length % 2 === 0) return parseId(cursor, length / 2);
  demand(length > 1, 'a hole of no bytes');
  return { length: (length - 1) / 2, hole: true };
}

function parseRunItem(cursor) {
  const named = parseChunkItem(cursor);
  const firstPath = cursor.bytes();
  checkPath(firstPath, 'a run list');
  return { ...named, firstPath };
}

function parseChunkItem(cursor) {
  const length = cursor.varint();
  demand(length % 2 === 0, 'a hole where a chunk must be');
  return parseId(cursor, length / 2);
}

function parseId(cursor, length) {
  demand(length > 0 && length <= MAX_CHUNK, `a chunk of ${length} bytes`);
  return { length, id: cursor.take(32).toString('hex') };
}
