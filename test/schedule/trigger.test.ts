import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  nextRun,
  parseCronTrigger,
  parseDaily,
  parseEvery,
  timesOf,
  triggerText,
} from '../../src/schedule/trigger.ts';

const MINUTE = 60_000;
/** Minutes that divide an hour, and hours that divide a day. */
const lengths = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440];

describe('every', () => {
  test.each([
    ['15m', 15],
    ['2h', 120],
    ['1d', 1440],
    ['60 min', 60],
    ['24H', 1440],
  ])('%s', (text, every) => {
    expect(parseEvery(text)).toEqual({ every });
  });

  test.each(['', '0m', '7m', '90m', '5h', '2d', '-15m', '1.5h', 'm', '15', '15s', '1441m'])(
    'not %j',
    (text) => {
      expect(() => parseEvery(text)).toThrow(/--every: ".*" is not a part/);
    },
  );

  test('it comes every so many minutes from midnight on, all day', () => {
    for (const every of lengths) {
      const midnight = new Date(2026, 5, 1);
      const times: number[] = [];
      let now = new Date(midnight.getTime() - 1);
      for (;;) {
        now = nextRun({ every }, now)!;
        if (now.getDate() !== 1) break;
        times.push((now.getTime() - midnight.getTime()) / MINUTE);
      }
      expect(times).toEqual(Array.from({ length: 1440 / every }, (_, i) => i * every));
    }
  });
});

describe('daily', () => {
  test('a time of day', () => {
    expect(parseDaily('2:30')).toEqual({ daily: '02:30' });
    expect(timesOf({ daily: '02:30' })).toMatchObject({ minutes: [30], hours: [2] });
  });

  test.each(['', '24:00', '2:60', '2', '2:3', 'noon', '02:30:00'])('not %j', (text) => {
    expect(() => parseDaily(text)).toThrow(/is not a time of day/);
  });

  test('is at most a day away, at that time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        june(),
        (hour, minute, now) => {
          const next = nextRun(parseDaily(`${hour}:${String(minute).padStart(2, '0')}`), now)!;
          expect([next.getHours(), next.getMinutes(), next.getSeconds()]).toEqual([hour, minute, 0]);
          expect(next.getTime()).toBeGreaterThan(now.getTime());
          expect(next.getTime() - now.getTime()).toBeLessThanOrEqual(24 * 60 * MINUTE);
        },
      ),
    );
  });
});

describe('cron', () => {
  test('a text that is no cron line is refused with the field', () => {
    for (const [text, message] of [
      ['* * * *', /five fields/],
      ['60 * * * *', /"60" cannot be a minute/],
      ['* 24 * * *', /"24" cannot be a hour/],
      ['* * 0 * *', /"0" cannot be a day of the month/],
      ['* * * 13 *', /cannot be a month/],
      ['* * * * 8', /cannot be a day of the week/],
      ['5-1 * * * *', /"5-1" cannot be a minute/],
      ['*/0 * * * *', /cannot be a minute/],
      ['1,,2 * * * *', /cannot be a minute/],
      ['1/2/3 * * * *', /cannot be a minute/],
      ['* * * * mon-', /cannot be a day of the week/],
      ['; rm * * *', /cannot be a minute/],
    ] as const)
      expect(() => parseCronTrigger(text)).toThrow(message);
  });

  test('a day that never comes is refused', () => {
    expect(() => parseCronTrigger('0 0 31 2 *')).toThrow(/never comes/);
    expect(parseCronTrigger('0 0 29 2 *')).toEqual({ cron: '0 0 29 2 *' });
  });

  test('the 29th of February is found eight years ahead', () => {
    const next = nextRun({ cron: '0 0 29 2 *' }, new Date(2096, 2, 1));
    expect(next).toEqual(new Date(2104, 1, 29));
  });

  test('names, steps and Sunday as 7', () => {
    const times = timesOf(parseCronTrigger('10-30/10 */8 1/10 jan,DEC sun-Tue,7'));
    expect(times).toEqual({
      minutes: [10, 20, 30],
      hours: [0, 8, 16],
      days: [1, 11, 21, 31],
      months: [1, 12],
      weekdays: [0, 1, 2],
    });
  });

  test('the next run matches, is later than now, and no earlier minute matches', () => {
    fc.assert(
      fc.property(cronLine(), june(), (line, now) => {
        const next = nextRun({ cron: line.text }, now);
        const first = bruteForce(line, now);
        expect(next?.getTime()).toBe(first?.getTime());
      }),
      { numRuns: 150 },
    );
  });
});

test('what is shown is what was given', () => {
  expect(triggerText(parseEvery('15m'))).toBe('every 15m');
  expect(triggerText(parseEvery('120m'))).toBe('every 2h');
  expect(triggerText(parseEvery('24h'))).toBe('every 1d');
  expect(triggerText(parseDaily('2:30'))).toBe('daily 02:30');
  expect(triggerText(parseCronTrigger(' 0  8 * * 1-5'))).toBe('cron 0 8 * * 1-5');
  for (const every of lengths) expect(parseEvery(triggerText({ every }).slice(6))).toEqual({ every });
});

/** A moment in a month in which no clock changes. */
function june() {
  return fc
    .integer({ min: 0, max: 29 * 24 * 60 * 60 - 1 })
    .map((seconds) => new Date(new Date(2026, 5, 1).getTime() + seconds * 1000));
}

interface Line {
  text: string;
  values: (number[] | undefined)[];
}

/** A line, and what each of its fields allows; undefined: everything. */
function cronLine() {
  const field = (min: number, max: number) =>
    fc.option(fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }), { nil: undefined });
  return fc
    .tuple(field(0, 59), field(0, 23), field(1, 28), fc.constant(undefined), field(0, 6))
    .map((values): Line => ({ text: values.map((value) => value?.join(',') ?? '*').join(' '), values }));
}

/** Minute by minute, as the manual of cron says it. */
function bruteForce({ values }: Line, now: Date): Date | undefined {
  const [minutes, hours, days, , weekdays] = values;
  const allows = (field: number[] | undefined, value: number) => field?.includes(value) ?? true;
  for (let ahead = 1; ahead < 40 * 24 * 60; ahead++) {
    const time = new Date(Math.floor(now.getTime() / MINUTE) * MINUTE + ahead * MINUTE);
    const day = allows(days, time.getDate());
    const weekday = allows(weekdays, time.getDay());
    const isDay = days && weekdays ? day || weekday : day && weekday;
    if (isDay && allows(hours, time.getHours()) && allows(minutes, time.getMinutes())) return time;
  }
  return undefined;
}

test('a watch has no next run, and no clock starts it', () => {
  expect(nextRun({ watch: true }, new Date())).toBeUndefined();
  expect(triggerText({ watch: true })).toBe('watch');
  expect(() => timesOf({ watch: true })).toThrow(expect.objectContaining({ code: 'scheduler' }));
});
