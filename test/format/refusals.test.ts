import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes, deletion, entry, item, list, record, table, u8, u32, varint } from './writer/encode.ts';
import * as write from './writer/repository.ts';
import { payload } from './writer/seal.ts';
import { CHUNK, FILE, makeSmall, type Small } from './writer/small.ts';
import { entryOf, statOf } from './writer/tree.ts';

let small: Small;
beforeEach(() => {
  small = makeSmall();
});
afterEach(() => small.remove());

test('the sound repository that the others spoil restores without a word', () => {
  write.putIndex(small.repo, small.own, [small.putChunk()]);
  small.changes(small.file('a'), small.file('b'));
  expect(small.verdict()).toBe('');
});

describe('refuses entries', () => {
  const cases: [name: string, entries: () => Buffer[], message: RegExp][] = [
    ['that climb', () => [small.file('a/../../b')], /a component is "\.\."/],
    ['that are absolute', () => [small.file('/etc')], /a component is ""/],
    ['with a dot', () => [small.file('a/./b')], /a component is "\."/],
    ['with a NUL', () => [small.file('a\0b')], /a NUL/],
    ['with an endless name', () => [small.file('x'.repeat(1025))], /more than 1,024/],
    ['out of order', () => [small.file('a-b'), small.file('a/b')], /not in ascending order/],
    ['that stand twice', () => [small.file('a'), small.file('a')], /not in ascending order/],
    ['below a file', () => [small.file('a'), small.file('a/b')], /lies below a file/],
    [
      'below a link',
      () => [entryOf(small.own, 'a', { type: 'link', target: '/etc' }), small.file('a/b')],
      /lies below a link/,
    ],
    ['that delete what was not there', () => [deletion(Buffer.from('a'))], /was not there/],
    ['cut short', () => [small.file('a').subarray(0, -1)], /bytes wanted where/],
    ['of no known type', () => [entry(Buffer.from('a'), record([[1, u8(9)]]), [])], /"modified" is missing/],
    ['with more bytes than their size', () => [spoiled([item({ hole: 8 })])], /items are more than its size/],
    [
      'with fewer bytes than their size',
      () => [spoiled([item({ hole: 6 })])],
      /items are less than its size/,
    ],
    ['with a hole of nothing', () => [spoiled([varint(1)])], /hole of no bytes/],
    ['with a list of nothing', () => [spoiled([])], /items are less than its size/],
    ['with a list of lists of nothing', () => [spoiled([], 1)], /list chunks without items/],
    ['with too deep a list', () => [spoiled([item({ hole: 7 })], 5)], /depth 5/],
    ['without a parent', () => [small.file('a/b')], /below a path that is not there/],
    ['with a hole above depth 0', () => [spoiled([item({ hole: 7 })], 1)], /hole where a chunk/],
    ['whose chunk is in no table', () => [small.file('a')], /in no table/],
  ];
  test.each(cases)('%s', (_, entries, message) => {
    small.changes(...entries());
    expect(small.verdict()).toMatch(message);
  });

  function spoiled(items: Buffer[], depth = 0): Buffer {
    return entryOf(small.own, 'a', FILE, list(depth, items));
  }

  test('that are deletions in a state', () => {
    const state = write.runListOf(
      small.own,
      [{ path: Buffer.from('a'), encoded: deletion(Buffer.from('a')) }],
      {
        depth: 0,
        perSegment: 1,
        meta: metaChunks,
      },
    );
    write.putIndex(small.repo, small.own, [write.putPack(small.repo, small.own, write.META, [metaChunks])]);
    small.snapshot([[35, state]]);
    expect(small.verdict()).toMatch(/a deletion outside of changes/);
  });
  const metaChunks: Buffer[] = [];
});

describe('refuses records', () => {
  const raw = (number: number, value: Buffer, critical = 1) =>
    Buffer.concat([varint(number * 2 + critical), bytes(value)]);
  const stat = statOf(FILE);
  const cases: [name: string, content: Buffer, message: RegExp][] = [
    ['with an unknown critical field', raw(63, CHUNK), /unknown critical field 63/],
    ['with fields out of order', Buffer.concat([raw(33, u8(1), 0), raw(32, CHUNK)]), /stands after field 33/],
    ['with a field twice', Buffer.concat([raw(34, u8(0)), raw(34, u8(0))]), /field 34 is repeated/],
    ['with the wrong critical bit', raw(33, u8(1), 1), /wrong critical bit/],
    ['with a varint that is too long', Buffer.from([0xc1, 0x80, 0x00, 0]), /not of minimal length/],
    ['with a value that goes on', raw(33, Buffer.from([1, 1]), 0), /1 bytes too many/],
  ];
  test.each(cases)('%s', (_, content, message) => {
    small.changes(bytes(Buffer.concat([bytes(Buffer.from('a')), bytes(stat), content])));
    expect(small.verdict()).toMatch(message);
  });

  test('but passes over an unknown field that is not critical', () => {
    const directory = statOf({ type: 'directory' });
    small.changes(bytes(Buffer.concat([bytes(Buffer.from('a')), bytes(directory), raw(63, CHUNK, 0)])));
    expect(small.verdict()).toBe('');
  });
});

describe('refuses tables and frames', () => {
  const empty = table({ packs: [], rows: [] });
  const sound = payload(empty, 0, 512);
  const altered = (position: number, byte: number) => {
    const copy = Buffer.from(sound);
    copy[position] = byte;
    return copy;
  };
  const cases: [name: string, plaintext: () => Buffer, message: RegExp][] = [
    ['with padding that is not zero', () => altered(sound.length - 1, 1), /padding is not zero/],
    ['with padding that is not needed', () => Buffer.concat([sound, Buffer.alloc(512)]), /more padding/],
    ['of no multiple of 512', () => sound.subarray(0, -1), /not a multiple/],
    ['of an unknown codec', () => altered(0, 2), /unknown codec/],
    ['of a wrong length', () => altered(1, 6), /decoded length is wrong/],
    ['too great', () => altered(4, 0xff), /more than a payload may have/],
    ['that are not zstd', () => altered(0, 1), /zstd/],
    ['of two zstd frames', () => twoFrames(), /not exactly one zstd frame/],
    ['of another version', () => payload(Buffer.from([2, 0, 0, 0, 0]), 1, 512), /unknown version/],
    ['with a great count', () => payload(Buffer.from([1, 0xff, 0xff, 3, 0, 0]), 1, 512), /a count exceeds/],
    ['with bytes after the end', () => payload(Buffer.concat([empty, u8(0)]), 1, 512), /1 bytes too many/],
  ];
  test.each(cases)('%s', (_, plaintext, message) => {
    write.putIndexPayload(small.repo, small.own, plaintext());
    small.changes();
    expect(small.verdict()).toMatch(message);
  });

  function twoFrames(): Buffer {
    const one = payload(empty, 1, 1).subarray(9);
    const whole = Buffer.concat([u8(1), u32(empty.length * 2), u32(one.length * 2), one, one]);
    return Buffer.concat([whole, Buffer.alloc(512 - 16 - whole.length)]);
  }

  test('with rows out of order', () => {
    const { pack, rows } = write.putPack(small.repo, small.own, write.DATA, [
      [CHUNK, Buffer.from('another')],
    ]);
    const encoded = table({ packs: [pack], rows });
    const start = encoded.length - 2 - 104;
    const [first, second] = [encoded.subarray(start, start + 52), encoded.subarray(start + 52, start + 104)];
    const swapped = Buffer.concat([encoded.subarray(0, start), second, first, Buffer.alloc(2)]);
    write.putIndexPayload(small.repo, small.own, payload(swapped, 1, 512));
    small.changes();
    expect(small.verdict()).toMatch(/rows are not in ascending order/);
  });

  test('that name a pack of another domain', () => {
    write.putIndex(small.repo, small.foreign, [small.putChunk()]);
    small.changes(small.file('a'));
    expect(small.verdict()).toMatch(/names a pack of another domain[\s\S]*in no table/);
  });
});

describe('refuses packs', () => {
  const cases: [name: string, spoil: (put: write.Put) => write.Put, message: RegExp][] = [
    ['of another size', (put) => withPack(put, { size: put.pack.size + 1 }), /the table says/],
    ['of another hash', (put) => withPack(put, { sha256: Buffer.alloc(32, 1) }), /another SHA-256/],
    [
      'of another ephemeral key',
      (put) => withPack(put, { ephemeral: Buffer.alloc(32) }),
      /another ephemeral key/,
    ],
    ['of another commitment', (put) => withPack(put, { commitment: Buffer.alloc(32) }), /another commitment/],
    ['that are missing', (put) => withPack(put, { id: 'ee'.repeat(16) }), /is missing/],
    [
      'whose block is not listed',
      (put) => withRow(put, { block: 1, sealed: 1 }),
      /outside of its pack|not in the directory/,
    ],
    ['whose chunk is another', (put) => withRow(put, { offset: 1 }), /is not what its id says/],
    ['whose chunk is beyond the block', (put) => withRow(put, { offset: 99 }), /outside of its block/],
    ['whose chunk has another length', (put) => withRow(put, { length: 6 }), /has 6 bytes, a list says 7/],
  ];
  test.each(cases)('%s', (_, spoil, message) => {
    const padding = Buffer.from('a block of its own');
    write.putIndex(small.repo, small.own, [
      spoil(write.putPack(small.repo, small.own, write.DATA, [[CHUNK, padding]])),
    ]);
    small.changes(small.file('a'));
    expect(small.verdict()).toMatch(message);
  });

  test('but not those whose hash is not known', () => {
    const unknown = withPack(small.putChunk(), { sha256: Buffer.alloc(32) });
    write.putIndex(small.repo, small.own, [unknown]);
    small.changes(small.file('a'));
    expect(small.verdict()).toBe('');
  });

  function withPack({ pack, rows }: write.Put, changed: Partial<write.Put['pack']>): write.Put {
    const spoiled = { ...pack, ...changed };
    return { pack: spoiled, rows: rows.map((row) => ({ ...row, pack: spoiled.id })) };
  }

  function withRow({ pack, rows }: write.Put, changed: Partial<write.Put['rows'][0]>): write.Put {
    return { pack, rows: rows.map((row) => (row.length === CHUNK.length ? { ...row, ...changed } : row)) };
  }
});
