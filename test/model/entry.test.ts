import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Content,
  decodeContent,
  decodeEntry,
  decodeList,
  decodeStat,
  encodeContent,
  encodeList,
  encodeStat,
  entriesOf,
  type List,
  listsOf,
  marksOf,
  noContent,
  readEntry,
  type Stat,
  writeEntry,
} from '../../src/model/entry.ts';
import { comparePaths } from '../../src/model/path.ts';
import { Reader, Writer } from '../../src/model/wire.ts';
import { anyBytes, content, path, stat } from './arbitraries.ts';
import { mutated, mutation, reads } from './refusals.ts';

const statBytes = (one: Stat) => {
  const writer = new Writer(1);
  encodeStat(writer, one);
  return writer.take();
};
const contentBytes = (one: Content) => {
  const writer = new Writer(1);
  encodeContent(writer, one);
  return writer.take();
};
const listBytes = (one: List) => {
  const writer = new Writer(1);
  encodeList(writer, one);
  return writer.take();
};
const PLAIN: Stat = {
  type: 'directory',
  size: 0,
  mtime: { seconds: 0, nanos: 0 },
  ctime: { seconds: 0, nanos: 0 },
  mode: 0o755,
  uid: 0,
  gid: 0,
};

describe('stats', () => {
  test('come back', () => {
    fc.assert(
      fc.property(stat, (one) => {
        expect(decodeStat(statBytes(one))).toEqual(one);
      }),
    );
  });

  test('are read or refused when they are damaged', () => {
    fc.assert(
      fc.property(stat, mutation, (one, how) => void reads(decodeStat, mutated(statBytes(one), how))),
      { numRuns: 500 },
    );
  });

  const withField = (number: number, value: number[], bytes = statBytes(PLAIN)) =>
    Uint8Array.from([...bytes, number * 2 + 1, value.length, ...value]);
  const cases: [name: string, bytes: () => Uint8Array, message: RegExp][] = [
    ['nothing', () => new Uint8Array(0), /not whole/],
    ['an unknown type', () => Uint8Array.of(3, 1, 8), /type 8 is unknown/],
    ['a stat without a group', () => statBytes(PLAIN).slice(0, -3), /not whole/],
    ['a link to nowhere', () => statBytes({ ...PLAIN, type: 'symlink' }), /not that of a symlink/],
    ['a target of a directory', () => withField(15, [97]), /not that of a directory/],
    ['a device without a number', () => statBytes({ ...PLAIN, type: 'block' }), /not that of a block/],
    ['too many bits of mode', () => statBytes({ ...PLAIN, mode: 0o10000 }), /more than 12 bits/],
    ['a field twice', () => withField(8, [0]), /field 8 stands twice/],
    ['a field that goes on', () => withField(14, [0, 0]), /bytes too many/],
    [
      'a critical field of a newer program',
      () => withField(18, [0]),
      /field 18 that this version cannot read/,
    ],
  ];
  test.each(cases)('refuse %s', (_, bytes, message) => expect(() => decodeStat(bytes())).toThrow(message));

  test('pass over what a newer program may add', () => {
    expect(decodeStat(Uint8Array.from([...statBytes(PLAIN), 36, 1, 7]))).toEqual(PLAIN);
  });
});

describe('content', () => {
  test('comes back, with what a newer program added', () => {
    fc.assert(
      fc.property(content, (one) => {
        expect(decodeContent(contentBytes(one))).toEqual(one);
      }),
    );
  });

  test('has its marks in the same place for who does not decode it', () => {
    fc.assert(
      fc.property(content, (one) => {
        expect(marksOf(contentBytes(one))).toBe(one.marks);
      }),
    );
    fc.assert(
      fc.property(anyBytes(400), (bytes) => {
        expect(marksOf(bytes)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('is read or refused when it is damaged', () => {
    fc.assert(
      fc.property(
        content,
        mutation,
        (one, how) => void reads(decodeContent, mutated(contentBytes(one), how)),
      ),
      { numRuns: 500 },
    );
    fc.assert(fc.property(anyBytes(200), (bytes) => void reads(decodeContent, bytes)));
  });

  const cases: [name: string, bytes: number[], message: RegExp][] = [
    ['marks that go on', [66, 2, 1, 1], /bytes too many/],
    ['a third way of tracking', [69, 1, 1], /unclear/],
    ['a deletion with a value', [71, 1, 0], /says more/],
    ['two lists', [65, 1, 0, 65, 1, 0], /field 32 stands twice/],
    ['an unknown critical field', [85, 0], /field 42 that this version/],
    ['two security descriptors', [82, 0, 82, 0], /field 41 stands twice/],
    ['a stream without a name', [80, 5, 3, 0, 5, 1, 0], /no name or no data/],
    ['a stream without data', [80, 3, 3, 1, 97], /no name or no data/],
    ['a stream with two lists', [80, 9, 3, 1, 97, 5, 1, 0, 5, 1, 0], /field 2 stands twice/],
    ['a stream of a newer program', [80, 8, 3, 1, 97, 5, 1, 0, 7, 0], /field 3 that this version/],
    ['a stream twice', [80, 6, 3, 1, 97, 5, 1, 0, 80, 6, 3, 1, 97, 5, 1, 0], /out of order/],
  ];
  test.each(cases)('refuses %s', (_, bytes, message) =>
    expect(() => decodeContent(Uint8Array.from(bytes))).toThrow(message),
  );
});

test('all lists of a content are found', () => {
  const list = { depth: 0, items: [] };
  const more = { depth: 0, items: [{ length: 7 }] };
  expect(listsOf({ ...noContent, list, streams: [{ name: 'a', list: more }] })).toEqual([list, more]);
  expect(listsOf(noContent)).toEqual([]);
});

describe('lists', () => {
  const id = new Uint8Array(32);
  const cases: [name: string, list: List, message: RegExp][] = [
    ['too deep', { depth: 5, items: [{ length: 1, id }] }, /too deep/],
    ['of lists of nothing', { depth: 1, items: [] }, /names none/],
    ['of lists with a hole', { depth: 1, items: [{ length: 1 }] }, /names none/],
    ['with a hole of nothing', { depth: 0, items: [{ length: 0 }] }, /no bytes/],
    ['with a chunk of nothing', { depth: 0, items: [{ length: 0, id }] }, /no bytes/],
    ['with a chunk beyond 8 MiB', { depth: 0, items: [{ length: 2 ** 23 + 1, id }] }, /too long/],
  ];
  test.each(cases)('are refused %s', (_, list, message) =>
    expect(() => decodeList(listBytes(list))).toThrow(message),
  );

  test('of an empty file is one byte', () => {
    expect(listBytes({ depth: 0, items: [] })).toEqual(Uint8Array.of(0));
    expect(() => decodeList(new Uint8Array(0))).toThrow(/too deep/);
  });
});

describe('entries', () => {
  const entry = fc.tuple(path, stat, content);
  const written = (all: [Uint8Array, Stat, Content][]) => {
    const writer = new Writer(1);
    for (const [where, one, what] of all) writeEntry(writer, where, statBytes(one), contentBytes(what));
    return writer.take();
  };
  const sorted = fc
    .uniqueArray(entry, { maxLength: 5, comparator: (a, b) => comparePaths(a[0], b[0]) === 0 })
    .map((all) => all.sort((a, b) => comparePaths(a[0], b[0])));

  test('come back', () => {
    fc.assert(
      fc.property(sorted, (all) => {
        const found = [...entriesOf(written(all))].map(decodeEntry);
        expect(found).toEqual(all.map(([where, one, what]) => ({ path: where, stat: one, content: what })));
      }),
    );
  });

  test('are refused out of order, and twice', () => {
    const at = (name: string): [Uint8Array, Stat, Content] => [Buffer.from(name), PLAIN, noContent];
    expect(() => [...entriesOf(written([at('b'), at('a')]))]).toThrow(/out of order/);
    expect(() => [...entriesOf(written([at('a'), at('a')]))]).toThrow(/out of order/);
    expect([...entriesOf(written([at('a'), at('a/b'), at('a-')]))]).toHaveLength(3);
  });

  test('are read or refused when they are damaged', () => {
    fc.assert(
      fc.property(sorted, mutation, (all, how) => {
        reads((bytes) => [...entriesOf(bytes)].map(decodeEntry), mutated(written(all), how));
      }),
    );
  });

  test('do not run into what follows', () => {
    const bytes = written([[Buffer.from('a'), PLAIN, noContent]]);
    const longer = Uint8Array.from([bytes[0]! + 5, ...bytes.subarray(1)]);
    expect(() => readEntry(new Reader(longer, 'the test'))).toThrow(/cut short/);
  });
});
