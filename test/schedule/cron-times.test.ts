import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cronText, eitherDay, parseCron } from '../../src/schedule/cron-times.ts';
import { matchesDay } from '../../src/schedule/next-time.ts';

test('the plain form of a line means the same', () => {
  const field = (min: number, max: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 1, max: 9 }).map((step) => `*/${step}`),
      fc
        .uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 9 })
        .map((values) => values.join(',')),
    );
  fc.assert(
    fc.property(fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)), (fields) => {
      const times = parseCron(fields.join(' '));
      expect(parseCron(cronText(times))).toEqual(times);
    }),
  );
});

test('neighbours are ranges, and no field but a free one has a star', () => {
  expect(cronText(parseCron('*/15 8-18 */2 * 1-5'))).toBe(
    '0,15,30,45 8-18 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1-5',
  );
  expect(cronText(parseCron('0-59 0-23 1-31 1-12 0-7'))).toBe('* * * * *');
  expect(cronText(parseCron('@weekly'))).toBe('0 0 * * 0');
});

test('a restricted day or weekday becomes two parts that together match the same days', () => {
  const times = parseCron('0 0 13 * 5');
  const parts = eitherDay(times);
  expect(parts.map(cronText)).toEqual(['0 0 13 * *', '0 0 * * 5']);
  for (let day = 1; day <= 30; day++) {
    const time = new Date(2026, 10, day);
    expect(matchesDay(times, time)).toBe(parts.some((part) => matchesDay(part, time)));
  }
  expect(eitherDay(parseCron('0 0 13 * *'))).toHaveLength(1);
});
