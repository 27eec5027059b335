import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stateOf } from './reader.mjs';
import {
  deletion,
  entry,
  type Field,
  hex,
  item,
  list,
  record,
  time,
  u8,
  u64,
  varint,
} from './writer/encode.ts';
import * as write from './writer/repository.ts';
import { CHUNK, FOREIGN, JOB, makeSmall, SLOT, type Small } from './writer/small.ts';
import { entryOf } from './writer/tree.ts';

const ZERO32 = Buffer.alloc(32);

let small: Small;
beforeEach(() => {
  small = makeSmall();
});
afterEach(() => small.remove());

describe('refuses entries', () => {
  const DIRECTORY = u8(2);
  const FILE = u8(1);
  const stat = (type: Buffer, more: Field[], mode = 0o755) => {
    const fields: Field[] = [
      [1, type],
      [3, time(0)],
      [4, time(0)],
      [6, varint(mode)],
      [7, u8(0)],
      [8, u8(0)],
    ];
    if (type === FILE) fields.push([2, u8(0)]);
    const rest = fields.filter(([number]) => !more.some(([given]) => given === number));
    return record([...rest, ...more].sort(([a], [b]) => a - b));
  };
  const named = (encoded: Buffer, content: Field[] = []) => entry(Buffer.from('a'), encoded, content);
  const NO_ITEMS: Field = [32, list(0, [])];
  const cases: [name: string, entry: Buffer, message: RegExp][] = [
    ['of an unknown type', named(stat(u8(8), [])), /unknown type 8/],
    ['with too many bits of mode', named(stat(DIRECTORY, [], 0o10000)), /more than 12 bits/],
    ['that are directories with a size', named(stat(DIRECTORY, [[2, u8(1)]])), /a size and no file/],
    ['that are directories with a list', named(stat(DIRECTORY, []), [NO_ITEMS]), /a list and no file/],
    ['that are files without a list', named(stat(FILE, [])), /a list and no file/],
    ['that are links to nowhere', named(stat(u8(3), [])), /a target and no link/],
    ['that are files with a target', named(stat(FILE, [[15, CHUNK]])), /a target and no link/],
    ['that are devices without numbers', named(stat(u8(6), [])), /a device without numbers/],
    ['with a device and one link', named(stat(FILE, [[12, u64(1), false]])), /field 12 without field 13/],
    ['with one link, counted', named(stat(FILE, [[13, u8(1), false]])), /field 13 with one link/],
    ['with field 34 that is not 0', named(stat(FILE, []), [NO_ITEMS, [34, u8(1)]]), /field 34 is 1/],
    ['with too many nanoseconds', named(stat(DIRECTORY, [[4, time(0, 1e9)]])), /999,999,999/],
    ['with too great a number', named(stat(FILE, [[2, hex('ffffffffffffff7f')]])), /greater than 2\^53 - 1/],
    ['deleted but with a stat', named(stat(FILE, []), [[35, Buffer.alloc(0)]]), /deletion with other fields/],
    ['without a path', deletion(Buffer.alloc(0)), /a path of 0 bytes/],
    [
      'with too long a path',
      deletion(Buffer.from('x/'.repeat(40_000).slice(0, -1))),
      /a path of 79999 bytes/,
    ],
    [
      'with a chunk of no bytes',
      named(stat(FILE, []), [[32, list(0, [item({ id: FOREIGN.repeat(2), length: 0 })])]]),
      /a chunk of 0 bytes/,
    ],
  ];
  test.each(cases)('%s', (_, encoded, message) => {
    small.changes(encoded);
    expect(small.verdict()).toMatch(message);
  });

  const run = (paths: string[], firstPath?: string) => {
    const meta: Buffer[] = [];
    const entries = paths.map((path) => ({
      path: Buffer.from(path),
      encoded: entry(Buffer.from(path), stat(DIRECTORY, []), []),
    }));
    if (firstPath) entries[0]!.path = Buffer.from(firstPath);
    const encoded = write.runListOf(small.own, entries, { depth: 0, perSegment: 1, meta });
    write.putIndex(small.repo, small.own, [write.putPack(small.repo, small.own, write.META, [meta])]);
    return encoded;
  };

  test('of a state out of order', () => {
    small.snapshot([[35, run(['b', 'a'])]]);
    expect(small.verdict()).toMatch(/not in ascending order/);
  });

  test('of a segment that begins with another path', () => {
    small.snapshot([[35, run(['b'], 'a')]]);
    expect(small.verdict()).toMatch(/begins with another path/);
  });
});

describe('refuses manifests', () => {
  const first = (changed: Field) =>
    write.identity(JOB, 1, 1).map((field): Field => (field[0] === changed[0] ? changed : field));
  const cases: [name: string, changed: Field, message: RegExp][] = [
    ['of another job', [1, hex(FOREIGN)], /the job is not the one of the key/],
    ['of another number', [2, u8(2)], /the number is not the one of the key/],
  ];
  test.each(cases)('%s', (_, changed, message) => {
    write.putManifest(small.repo, small.own, { job: JOB, number: 1, kind: 1, first: first(changed) });
    expect(small.verdict()).toMatch(message);
  });

  test('without their snapshot id', () => {
    const five = write.identity(JOB, 1, 1).filter(([number]) => number !== 4);
    write.putManifest(small.repo, small.own, { job: JOB, number: 1, kind: 1, first: five });
    expect(small.verdict()).toMatch(/"snapshot" is missing/);
  });

  test('that register entries', () => {
    write.putManifest(small.repo, small.own, { job: FOREIGN, number: 0, kind: 0, fields: [[33, CHUNK]] });
    small.changes();
    expect(small.verdict()).toMatch(/a registration with entries/);
  });

  const bodies: [name: string, fields: Field[], message: RegExp][] = [
    ['on an unknown platform', [[19, u8(3)]], /unknown platform 3/],
    ['with a tag too long', [[17, Buffer.alloc(257, 'x')]], /more than 256 bytes in one/],
    ['with a tag too many', Array.from({ length: 65 }, (): Field => [17, CHUNK]), /more than 64 tags/],
    [
      'with too many skipped paths',
      Array.from({ length: 1001 }, (): Field => [15, record([1, 2, 3].map((n): Field => [n, CHUNK])), false]),
      /more than 1,000 skipped/,
    ],
    ['with statistics that lack a number', [[14, record([[1, u8(1)]]), false]], /"directories" is missing/],
    [
      'with earlier ones out of order',
      [2, 3].map((n): Field => [36, write.brief(JOB, n), false]),
      /not newest first/,
    ],
    [
      'with earlier ones in full',
      [[36, record([[16, CHUNK, false]]), false]],
      /an earlier manifest with field 16/,
    ],
  ];
  test.each(bodies)('%s', (_, fields, message) => {
    const all = [...write.baseField(small.registration), ...fields];
    write.putManifest(small.repo, small.own, { job: JOB, number: 9, kind: 1, fields: all });
    small.changes();
    expect(small.verdict()).toMatch(message);
  });

  test('with too short a machine id', () => {
    write.putManifest(small.repo, small.own, { job: JOB, number: 1, kind: 1, fields: [[12, CHUNK]] });
    expect(small.verdict()).toMatch(/16 bytes wanted where 7/);
  });

  test('but not those that build on nothing: that is the empty state', () => {
    const fields: Field[] = [[33, entryOf(small.own, 'a', { type: 'directory' })]];
    write.putManifest(small.repo, small.own, { job: JOB, number: 1, kind: 2, fields });
    expect(stateOf(small.open(), JOB, 1)).toHaveLength(1);
  });

  test('that build on a fence', () => {
    const fence = write.putManifest(small.repo, small.own, { job: JOB, number: 1, kind: 3 });
    small.snapshot(write.baseField(fence), 2);
    expect(() => stateOf(small.open(), JOB, 2)).toThrow(/number 1, is a fence/);
  });

  test('of more than a mebibyte, and under a name that is none', () => {
    write.put(small.repo, `manifests/${JOB}/000000000000000`, Buffer.alloc(2 ** 20 + 1));
    write.put(small.repo, `manifests/${JOB}/1`, ZERO32);
    small.changes();
    expect(small.verdict()).toMatch(/more than a manifest may have[\s\S]*not the name of a manifest/);
  });
});

test('restores into an empty directory only', () => {
  small.changes();
  const target = join(small.place, 'target');
  mkdirSync(target);
  copyFileSync(join(small.repo.directory, 'keys', SLOT), join(target, 'mine'));
  expect(small.verdict()).toMatch(/target is not empty/);
});
