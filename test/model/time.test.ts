import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { nowStamp, timeForNode, toDate } from '../../src/model/time.ts';

test('dates come back from timestamps, before 1970 too', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      const stamp = nowStamp(date);
      expect(stamp.nanos).toBeGreaterThanOrEqual(0);
      expect(stamp.nanos).toBeLessThan(1_000_000_000);
      expect(toDate(stamp)).toEqual(date);
    }),
  );
});

test('what is below a millisecond is dropped, towards the past', () => {
  expect(toDate({ seconds: -1, nanos: 1_999_999 })).toEqual(new Date(-999));
});

const SECONDS = fc.integer({ min: 1, max: 2 ** 31 });
const NANOS = fc.integer({ min: 0, max: 999_999_999 });
const inNanoseconds = (seconds: number, nanos: number) => BigInt(seconds) * 1_000_000_000n + BigInt(nanos);

test('a time is set to the microsecond by a Node that cuts off what is below it', () => {
  // As libuv did with doubles before it had nanoseconds: in Node 22, which the one-file program is made of.
  const cut = (time: number) => {
    const seconds = Math.trunc(time);
    return inNanoseconds(seconds, Math.trunc((time - seconds) * 1e6) * 1000);
  };
  fc.assert(
    fc.property(SECONDS, NANOS, (seconds, nanos) => {
      const off = cut(Number(timeForNode({ seconds, nanos }))) - inNanoseconds(seconds, nanos);
      expect(off).toBeGreaterThan(-1000n);
      expect(off).toBeLessThan(500n);
    }),
    { numRuns: 1000 },
  );
});

test('a time is set to the microsecond here', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bmcloud-times-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'file');
  writeFileSync(file, '');
  fc.assert(
    fc.property(SECONDS, NANOS, (seconds, nanos) => {
      const time = timeForNode({ seconds, nanos });
      utimesSync(file, time, time);
      const off = statSync(file, { bigint: true }).mtimeNs - inNanoseconds(seconds, nanos);
      expect(off).toBeGreaterThan(-1000n);
      expect(off).toBeLessThan(1000n);
    }),
  );
});
