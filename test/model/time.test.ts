import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nowStamp, toDate } from '../../src/model/time.ts';

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
