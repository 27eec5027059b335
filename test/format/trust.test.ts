import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lacks } from '../fixtures/platform.ts';
import { listManifests, openRepository, restore, stateOf } from './reader.mjs';
import { type Field, hex, u8, varint } from './writer/encode.ts';
import { makeFixture, recoveryText } from './writer/fixture.ts';
import * as write from './writer/repository.ts';
import { chunkId } from './writer/seal.ts';
import { based, CHUNK, FOREIGN, JOB, makeSmall, SLOT, type Small } from './writer/small.ts';
import { entryOf } from './writer/tree.ts';

let small: Small;
beforeEach(() => {
  small = makeSmall();
});
afterEach(() => small.remove());

describe('refuses manifests', () => {
  test('whose base has another hash, or is missing', () => {
    small.snapshot([[32, Buffer.concat([varint(0), Buffer.alloc(32)])]]);
    expect(small.verdict()).toMatch(/its base, number 0, has another hash/);
    small.snapshot([[32, Buffer.concat([varint(1), Buffer.alloc(32)])]], 3);
    expect(() => stateOf(small.open(), JOB, 3)).toThrow(/has another hash/);
    small.snapshot([[32, Buffer.concat([varint(2), Buffer.alloc(32)])]], 3);
    expect(() => stateOf(small.open(), JOB, 3)).toThrow(/number 2, is missing/);
  });

  test('under the key of another', () => {
    small.changes();
    const key = (number: number) =>
      join(small.repo.directory, 'manifests', JOB, String(10 ** 15 - 1 - number).padStart(15, '0'));
    cpSync(key(1), key(2));
    const opened = small.open();
    expect(listManifests(opened).map(({ number }) => number)).toEqual([0, 1]);
    expect(opened.problems.join('\n')).toMatch(/another commitment/);
  });

  test('of another domain than the registration’s', () => {
    const fields = write.baseField(small.registration);
    write.putManifest(small.repo, small.foreign, { job: JOB, number: 1, kind: 1, fields });
    expect(small.verdict()).toMatch(/not of the domain of the job/);
  });

  const cases: [name: string, kind: number, fields: Field[], message: RegExp][] = [
    ['registered late', 0, [], /number 0 is the registration/],
    ['of an unknown kind', 4, [], /unknown kind/],
    [
      'with changes twice',
      1,
      [
        [33, CHUNK],
        [34, CHUNK],
      ],
      /both inline and in segments/,
    ],
    ['that are fences with changes', 3, [[33, CHUNK]], /a fence with changes/],
    ['with a base that is not earlier', 1, [[32, Buffer.concat([u8(1), Buffer.alloc(32)])]], /not earlier/],
    ['with a text that is not UTF-8', 1, [[9, Buffer.from([0xff])]], /not UTF-8/],
    ['with another number of entries', 1, [[18, u8(1), false]], /not the number of entries/],
  ];
  test.each(cases)('%s', (_, kind, fields, message) => {
    const all = kind === 1 ? based(fields, small.registration) : fields;
    write.putManifest(small.repo, small.own, { job: JOB, number: 1, kind, fields: all });
    expect(small.verdict()).toMatch(message);
  });
});

describe('siblings', () => {
  test('are chosen by the hash of the base, and by the greatest key', () => {
    const put = (number: number, suffix: string, fields: Field[]) =>
      write.putManifest(small.repo, small.own, {
        job: JOB,
        number,
        kind: 1,
        fields: based(fields, small.registration),
        suffix,
      });
    const folder = (path: string) => entryOf(small.own, path, { type: 'directory' });
    const low = put(1, '-00000000', [[33, folder('low')]]);
    put(1, '-ffffffff', [[33, folder('high')]]);
    put(2, '-00000000', [[32, Buffer.concat([u8(1), low.sha256])]]);
    const paths = (number: number) => stateOf(small.open(), JOB, number).map(({ path }) => path.toString());
    expect(paths(1)).toEqual(['high']);
    expect(paths(2)).toEqual(['low']);
  });
});

describe('another domain', () => {
  test('cannot take an index object away', () => {
    const index = write.putIndex(small.repo, small.own, [small.putChunk()]);
    write.putIndex(small.repo, small.foreign, [], { superseded: [index] });
    small.changes(small.file('a'));
    expect(small.verdict()).toBe('');
  });

  test('has other ids for the same bytes', () => {
    write.putIndex(small.repo, small.foreign, [
      write.putPack(small.repo, small.foreign, write.DATA, [[CHUNK]]),
    ]);
    small.changes(small.file('a'));
    expect(small.verdict()).toMatch(`${chunkId(small.own, CHUNK)} is in no table`);
  });
});

describe('format.json and owner records', () => {
  const forge = (text: string) => text.replace('2026', '2027');

  test('a forged copy is passed over for the spare one; two forged copies are not', () => {
    small.changes();
    small.rewrite('format.json', forge);
    expect(small.verdict()).toMatch(/^format.json: .*the signature is not/);
    small.rewrite('spare/format.json', forge);
    expect(small.open).toThrow(/no copy checks out/);
  });

  test('a forged slot is passed over for the spare one', () => {
    small.changes();
    small.rewrite(`keys/${SLOT}`, forge);
    expect(small.verdict()).toMatch(/does not authenticate/);
  });

  test('unknown features for reading, versions and suites are refused by name', () => {
    write.putFormat(small.repo, { features: { read: ['fancy'], write: [] } });
    expect(small.open).toThrow(/lacks the features fancy/);
    write.putFormat(small.repo, { version: 2 });
    expect(small.open).toThrow(/version 2 is not known/);
    write.putFormat(small.repo, { suite: 'rot13' });
    expect(small.open).toThrow(/unknown suite rot13/);
  });

  test('an owner record of somebody else is refused', () => {
    const id = write.putOwnerRecord(small.repo, 'close', [
      [1, Buffer.alloc(12)],
      [2, hex(FOREIGN)],
    ]);
    expect(small.open().ownerRecords).toHaveLength(1);
    cpSync(join(small.repo.directory, 'owner/close', id), join(small.repo.directory, 'owner/close', FOREIGN));
    expect(small.open().problems.join('\n')).toMatch(/the signature is not the owner/);
  });
});

describe('damage', () => {
  /** Everything there is to read: true when the reader had nothing to complain about. */
  function readsClean(directory: string): boolean {
    const target = mkdtempSync(join(small.place, 'target-'));
    try {
      const opened = openRepository(directory, recoveryText());
      for (const { jobHex, number, kind } of listManifests(opened))
        if (kind !== 'fence') restore(opened, jobHex, number, join(target, `${jobHex} ${number}`));
      return opened.problems.length === 0;
    } catch {
      return false;
    }
  }

  test.skipIf(lacks('byteNames'))('of any byte of any object that a restore reads is noticed', () => {
    const directory = join(small.place, 'fixture');
    makeFixture(directory);
    expect(readsClean(directory)).toBe(true);
    const files = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && !/\/(keys|spare)/.test(file.parentPath))
      .map((file) => join(file.parentPath, file.name));
    const damage = fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, where, flip) => {
      const path = files[which % files.length]!;
      const before = readFileSync(path);
      const after = Buffer.from(before);
      after[where % after.length]! ^= flip;
      writeFileSync(path, after);
      const isClean = readsClean(directory);
      writeFileSync(path, before);
      return !isClean;
    });
    fc.assert(damage, { numRuns: 60 });
  });
});
