import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/model/ids.ts';
import { findRow, sortIds, sortRows } from '../../src/pack/order.ts';
import { type ChunkPlace, placeAt, ROW_BYTES, writeRow } from '../../src/pack/row.ts';
import {
  concat,
  decodeTable,
  emptyTable,
  encodeTable,
  mergeTables,
  type PackRow,
  type Table,
} from '../../src/pack/table.ts';
import { anyBytes, id } from '../model/arbitraries.ts';
import { mutated, mutation, reads } from '../model/refusals.ts';

interface Row {
  id: Uint8Array;
  place: ChunkPlace;
}

const GREATEST_PACK = 88 + 4096 * 1000;

const pack = (packId: fc.Arbitrary<Uint8Array>): fc.Arbitrary<PackRow> =>
  fc.record({
    id: packId,
    domain: id(16),
    kind: fc.constantFrom('data', 'meta'),
    size: fc.constantFrom(0, GREATEST_PACK),
    hash: id(32),
    ephemeral: id(32),
    commitment: id(32),
  });

/** Few ids, so that chunks have several rows. */
const chunkId = fc.tuple(fc.nat(3), fc.nat(3)).map(([first, last]) => {
  const one = new Uint8Array(32);
  one[0] = first;
  one[31] = last;
  return one;
});

const row = (packs: number): fc.Arbitrary<Row> =>
  fc.record({
    id: chunkId,
    place: fc.record({
      pack: fc.nat(packs - 1),
      block: fc.nat(500),
      blockLength: fc.integer({ min: 1, max: 500 }),
      offset: fc.nat(1_000_000),
      length: fc.integer({ min: 1, max: 8 * 1024 * 1024 }),
    }),
  });

function rowsOf(rows: Row[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * ROW_BYTES);
  for (const [i, one] of rows.entries()) writeRow(bytes, i * ROW_BYTES, one.id, one.place);
  return bytes;
}

const tableOf = (packId: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Table> =>
  fc
    .uniqueArray(pack(packId), { minLength: 1, maxLength: 3, selector: (one) => toHex(one.id) })
    .chain((packs) =>
      fc.record({
        packs: fc.constant(packs),
        rows: fc.array(row(packs.length), { maxLength: 12 }).map((rows) => sortRows(rowsOf(rows))),
        refined: fc.array(chunkId, { maxLength: 4 }).map((ids) => sortIds(concat(ids))),
        superseded: fc.array(id(16), { maxLength: 3 }),
      }),
    );
const table = tableOf(id(16));

/** Rows as text: id, the pack's id, place. */
function textOf({ packs, rows }: Pick<Table, 'packs' | 'rows'>): string[] {
  const texts: string[] = [];
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    const { pack: number, ...place } = placeAt(rows, at);
    texts.push(`${toHex(rows.subarray(at, at + 32))} ${toHex(packs[number]!.id)} ${JSON.stringify(place)}`);
  }
  return texts;
}

describe('tables', () => {
  test('come back', () => {
    fc.assert(
      fc.property(table, (one) => {
        expect(decodeTable(encodeTable(one), 'the test')).toEqual(one);
      }),
    );
    expect(decodeTable(encodeTable(emptyTable), 'the test')).toEqual(emptyTable);
  });

  test('are read or refused when they are damaged', () => {
    const read = (bytes: Uint8Array) => decodeTable(bytes, 'the test');
    fc.assert(
      fc.property(table, mutation, (one, how) => void reads(read, mutated(encodeTable(one), how))),
      {
        numRuns: 500,
      },
    );
    fc.assert(fc.property(anyBytes(300), (bytes) => void reads(read, Uint8Array.of(1, ...bytes))));
  });

  const place: ChunkPlace = { pack: 0, block: 0, blockLength: 1, offset: 0, length: 1 };
  const [low, high] = [new Uint8Array(32), new Uint8Array(32).fill(9)];
  const onePack = fc.sample(pack(id(16)), 1)[0]!;
  const sized = (rows: Row[], more: Partial<Table> = {}): Table => ({
    packs: [{ ...onePack, size: 88 + 4096 * 10 }],
    rows: rowsOf(rows),
    refined: new Uint8Array(0),
    superseded: [],
    ...more,
  });
  const at = (changed: Partial<ChunkPlace>): Row => ({ id: low, place: { ...place, ...changed } });
  const cases: [name: string, table: Table, message: RegExp][] = [
    ['a row of no pack', sized([at({ pack: 1 })]), /names a pack that is not there/],
    ['a chunk of nothing', sized([at({ length: 0 })]), /bytes outside of a block/],
    ['a chunk beyond 16 MiB', sized([at({ offset: 2 ** 24 })]), /bytes outside of a block/],
    ['a chunk at the end of all numbers', sized([at({ offset: 2 ** 32 - 1 })]), /bytes outside of a block/],
    ['a block of nothing', sized([at({ blockLength: 0 })]), /a block outside of its pack/],
    ['a block beyond its pack', sized([at({ block: 9, blockLength: 2 })]), /a block outside of its pack/],
    ['rows out of order', sized([{ id: high, place }, at({})]), /rows are out of order/],
    ['blocks of one chunk out of order', sized([at({ block: 1 }), at({})]), /rows are out of order/],
    [
      'refined chunks out of order',
      sized([], { refined: concat([high, low]) }),
      /refined chunks are out of order/,
    ],
    ['a refined chunk twice', sized([], { refined: concat([low, low]) }), /refined chunks are out of order/],
  ];
  test.each(cases)('refuse %s', (_, one, message) => {
    expect(() => decodeTable(encodeTable(one), 'the test')).toThrow(message);
  });

  test('refuse an unknown version, an unknown kind, a pack beyond all numbers, and bytes behind', () => {
    const bytes = encodeTable(sized([]));
    const changed = (position: number, byte: number) => bytes.with(position, byte);
    expect(() => decodeTable(changed(0, 2), 'x')).toThrow(/version/);
    expect(() => decodeTable(changed(2 + 32, 3), 'x')).toThrow(/kind of a pack/);
    expect(() => decodeTable(changed(2 + 33 + 7, 1), 'x')).toThrow(/a pack is too long/);
    expect(() => decodeTable(concat([bytes, low]), 'x')).toThrow(/bytes too many/);
  });
});

describe('rows', () => {
  test('are found at the first of their id, or not at all', () => {
    fc.assert(
      fc.property(table, chunkId, ({ rows }, wanted) => {
        const all = Array.from({ length: rows.length / ROW_BYTES }, (_, i) => i * ROW_BYTES);
        const expected = all.find((start) => toHex(rows.subarray(start, start + 32)) === toHex(wanted)) ?? -1;
        expect(findRow(rows, wanted)).toBe(expected);
      }),
    );
  });

  test('sorted are the same rows in order', () => {
    fc.assert(
      fc.property(fc.array(row(3), { maxLength: 20 }), (rows) => {
        const order = ({ id: one, place }: Row) =>
          [
            toHex(one),
            ...[place.pack, place.block, place.offset].map((n) => String(n).padStart(9, '0')),
          ].join();
        const expected = rows.toSorted((a, b) => (order(a) < order(b) ? -1 : Number(order(a) > order(b))));
        const sorted = sortRows(rowsOf(rows));
        expect(sorted.length).toBe(rows.length * ROW_BYTES);
        for (const [i, one] of expected.entries()) {
          expect(toHex(sorted.subarray(i * ROW_BYTES, i * ROW_BYTES + 32))).toBe(toHex(one.id));
          const { pack: number, block, offset } = placeAt(sorted, i * ROW_BYTES);
          expect([number, block, offset]).toEqual([one.place.pack, one.place.block, one.place.offset]);
        }
      }),
    );
  });

  test('ids sorted are a set', () => {
    fc.assert(
      fc.property(fc.array(chunkId), (ids) => {
        const expected = [...new Set(ids.map(toHex))].sort();
        const sorted = sortIds(concat(ids));
        const found = Array.from({ length: sorted.length / 32 }, (_, i) =>
          toHex(sorted.subarray(i * 32, i * 32 + 32)),
        );
        expect(found).toEqual(expected);
      }),
    );
  });
});

describe('tables merged', () => {
  // Few ids of packs, so that several tables name one.
  const few = fc.nat(3).map((n) => new Uint8Array(16).fill(n));

  test('know every row of each, of the right pack, and each pack once', () => {
    fc.assert(
      fc.property(fc.array(tableOf(few), { maxLength: 4 }), (tables) => {
        const merged = mergeTables(tables);
        expect(textOf(merged).sort()).toEqual([...new Set(tables.flatMap(textOf))].sort());
        const ids = merged.packs.map((one) => toHex(one.id));
        expect(ids).toEqual([...new Set(tables.flatMap(({ packs }) => packs.map((one) => toHex(one.id))))]);
        expect(
          decodeTable(encodeTable({ ...merged, packs: merged.packs.map(unsized) }), 'the test').rows,
        ).toEqual(merged.rows);
      }),
    );
  });

  const unsized = (one: PackRow): PackRow => ({ ...one, size: 0 });

  test('have a row once that two of them have', () => {
    fc.assert(
      fc.property(table, (one) => {
        const { rows } = mergeTables([one]);
        expect(mergeTables([one, one]).rows).toEqual(rows);
      }),
    );
  });

  test('leave what they came from alone', () => {
    fc.assert(
      fc.property(table, table, (a, b) => {
        const before = [encodeTable(a), encodeTable(b)];
        mergeTables([a, b]);
        expect([encodeTable(a), encodeTable(b)]).toEqual(before);
      }),
    );
  });
});
