import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Table } from './writer/encode.ts';
import * as write from './writer/repository.ts';
import { CHUNK, FOREIGN, JOB, makeSmall, type Small } from './writer/small.ts';

const ZERO32 = Buffer.alloc(32);

let small: Small;
beforeEach(() => {
  small = makeSmall();
});
afterEach(() => small.remove());

describe('refuses headers', () => {
  const cases: [name: string, position: number, message: RegExp][] = [
    ['without the magic', 3, /does not begin with BMC1/],
    ['of another type', 4, /not an object of type 3/],
    ['with reserved bytes', 7, /reserved bytes of the header/],
    ['of another domain', 8, /another commitment/],
    ['with another salt', 24, /another commitment/],
    ['with another commitment', 56, /another commitment/],
  ];
  test.each(cases)('%s', (_, position, message) => {
    const path = join(
      small.repo.directory,
      'index',
      write.putIndex(small.repo, small.own, [small.putChunk()]),
    );
    const copy = readFileSync(path);
    copy[position]! ^= 1;
    writeFileSync(path, copy);
    small.changes(small.file('a'));
    expect(small.verdict()).toMatch(message);
  });

  test('of an index object under a name that is none', () => {
    write.put(small.repo, 'index/x', ZERO32);
    small.changes();
    expect(small.verdict()).toMatch(/not the name of an index object/);
  });
});

describe('refuses packs', () => {
  const changedPack = (change: (pack: Table['packs'][0]) => object) => ({
    listed: (right: Table) => ({
      ...right,
      packs: right.packs.map((pack) => ({ ...pack, ...change(pack) })),
    }),
  });
  const swapped = (from: number, byte: number) => ({
    finish: (right: Buffer) => {
      const copy = Buffer.from(right);
      copy[from < 0 ? copy.length + from : from] = byte;
      return copy;
    },
  });
  const cases: [name: string, changes: write.PackChanges, message: RegExp][] = [
    ['without their last bytes', swapped(-1, 0), /does not end with BMCE/],
    ['with a wrong footer', swapped(-6, 9), /the footer's length is wrong/],
    ['of another domain than the table’s', swapped(8, 1), /another domain than the table's/],
    [
      'that list two packs',
      { listed: (right) => ({ ...right, packs: [...right.packs, ...right.packs] }) },
      /its own pack alone/,
    ],
    [
      'that refine',
      { listed: (right) => ({ ...right, refined: [FOREIGN.repeat(2)] }) },
      /its own pack alone/,
    ],
    ['that supersede', { listed: (right) => ({ ...right, superseded: [FOREIGN] }) }, /its own pack alone/],
    ['that list another id', changedPack(() => ({ id: FOREIGN })), /a row names pack|describes another pack/],
    ['that list another domain', changedPack(() => ({ domain: FOREIGN })), /describes another pack/],
    ['that list a size', changedPack(() => ({ size: 1_000_000 })), /describes another pack/],
    ['that list a hash', changedPack(() => ({ sha256: Buffer.alloc(32, 1) })), /describes another pack/],
    ['that list another ephemeral key', changedPack(() => ({ ephemeral: ZERO32 })), /another header/],
    ['that list another commitment', changedPack(() => ({ commitment: ZERO32 })), /another header/],
    [
      'that leave a block out',
      { listed: (right) => ({ ...right, rows: right.rows.filter(({ block }) => block === 0) }) },
      /do not fill the pack/,
    ],
    [
      'that list two sizes of a block',
      {
        listed: (right) => ({
          ...right,
          rows: right.rows.map((row, index) => ({ ...row, sealed: 1 + index })),
        }),
      },
      /rows of one block differ|do not fill/,
    ],
  ];
  test.each(cases)('%s', (_, changes, message) => {
    const blocks = [[CHUNK, Buffer.from('beside it')], [Buffer.from('another block')]];
    write.putIndex(small.repo, small.own, [
      write.putPack(small.repo, small.own, write.DATA, blocks, changes),
    ]);
    small.changes(small.file('a'));
    expect(small.verdict()).toMatch(message);
  });
});

describe('refuses tables', () => {
  const sound = () => {
    const { pack, rows } = small.putChunk();
    return { pack, row: rows[0]! };
  };
  const withRow = (changed: object) => () => {
    const { pack, row } = sound();
    return { packs: [pack], rows: [{ ...row, ...changed }] };
  };
  const ids = [FOREIGN.repeat(2), JOB.repeat(2)];
  const withRefined =
    (...refined: string[]) =>
    () => ({ packs: [], rows: [], refined });
  const cases: [name: string, table: () => Table, message: RegExp][] = [
    ['with a row of no pack', withRow({ pack: 'none' }), /a row names pack/],
    ['with an empty chunk', withRow({ length: 0 }), /outside of its block/],
    ['with a chunk beyond 16 MiB', withRow({ offset: 2 ** 24 }), /outside of its block/],
    ['with a block of nothing', withRow({ sealed: 0 }), /block has 0 units/],
    ['with a block beyond 16 MiB', withRow({ sealed: 4098 }), /block has 4098 units/],
    ['with a block beyond the pack', withRow({ block: 1 }), /outside of its pack/],
    [
      'with an unknown kind of pack',
      () => ({ packs: [{ ...sound().pack, kind: 3 }], rows: [] }),
      /unknown kind of pack 3/,
    ],
    ['with refined chunks out of order', withRefined(ids[1]!, ids[0]!), /refined chunks are not in/],
    ['with a refined chunk twice', withRefined(ids[0]!, ids[0]!), /refined chunks are not in/],
  ];
  test.each(cases)('%s', (_, make, message) => {
    write.putIndex(small.repo, small.own, [], make());
    small.changes();
    expect(small.verdict()).toMatch(message);
  });
});
