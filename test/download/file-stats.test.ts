import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FileStat, FileStats } from '../../src/download/file-stats.ts';
import { decodeStat, encodeStat, type Stat } from '../../src/model/entry.ts';
import { Writer } from '../../src/model/wire.ts';
import { stat, time } from '../model/arbitraries.ts';

function encoded(value: Stat): Uint8Array {
  const writer = new Writer();
  encodeStat(writer, value);
  return writer.take();
}

function ofFile({ mtime, mode, uid, gid, user, group }: FileStat): FileStat {
  return {
    mtime,
    mode,
    uid,
    gid,
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
  };
}

/** Of a file with one name, on a system with modes. */
const ordinary = fc
  .record(
    {
      mtime: time,
      birthTime: time,
      mode: fc.integer({ min: 0, max: 0o7777 }),
      uid: fc.nat(300),
      user: fc.constantFrom('ann', 'bob'),
      group: fc.constantFrom('staff', 'users'),
      inode: fc.bigInt(0n, 9n),
    },
    { requiredKeys: ['mtime', 'mode', 'uid'] },
  )
  .map((some): Stat => ({ type: 'file', size: 300, ctime: some.mtime, gid: 7, ...some }));

/** Stats as they come: several that differ in time and inode only, then another. */
const stats = fc
  .array(fc.tuple(fc.oneof(ordinary, stat), fc.array(ordinary, { maxLength: 3 })))
  .map((groups) =>
    groups.flatMap(([first, others]) => [
      first,
      ...others.map(({ mtime, inode }) => ({ ...first, mtime, inode: inode ?? 0n })),
    ]),
  );

test('what was decoded before changes nothing', () => {
  fc.assert(
    fc.property(stats, (all) => {
      const decoder = new FileStats();
      for (const bytes of all.map(encoded)) {
        expect(ofFile(decoder.decode(bytes))).toEqual(ofFile(decodeStat(bytes)));
      }
    }),
  );
});

test('what cannot be is refused, whatever came before', () => {
  const whole = encoded({
    type: 'file',
    size: 7,
    mtime: { seconds: 1, nanos: 2 },
    ctime: { seconds: 1, nanos: 2 },
    mode: 0o644,
    uid: 1,
    gid: 2,
    user: 'ann',
  });
  const decoder = new FileStats();
  decoder.decode(whole);
  const impossible = whole.slice();
  impossible[19] = 0xff; // the highest byte of nanoseconds
  expect(() => decoder.decode(impossible)).toThrow('nanoseconds');
  for (let length = 0; length < whole.length; length++) {
    if (length === whole.length - 5) continue; // without the user, it is whole
    expect(() => decoder.decode(whole.subarray(0, length))).toThrow('damaged');
  }
});
