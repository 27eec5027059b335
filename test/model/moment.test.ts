import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMoment } from '../../src/model/moment.ts';

const zone = process.env.TZ;
beforeEach(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const now = () => new Date(2026, 10, 21, 12, 30, 15, 250);
const timeOf = (text: string, from = now()) => {
  const moment = parseMoment(text, from);
  if (!('time' in moment)) throw new Error(`${text} is no time`);
  return moment;
};
const instant = (text: string, from?: Date) => timeOf(text, from).time.toISOString();

describe('times with a zone', () => {
  it.each([
    ['2026-11-19T18:00:00Z', '2026-11-19T18:00:00.000Z'],
    ['2026-11-19t18:00z', '2026-11-19T18:00:00.000Z'],
    ['2026-11-19 18:00 +01:00', '2026-11-19T17:00:00.000Z'],
    ['2026-11-19T18:00:00-0330', '2026-11-19T21:30:00.000Z'],
    ['2026-11-19T18:00:00.125+02', '2026-11-19T16:00:00.125Z'],
  ])('%s', (text, expected) => expect(instant(text)).toBe(expected));

  it('gives back every instant that ISO 8601 writes', () => {
    const dates = fc.date({ min: new Date('1971-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });
    fc.assert(fc.property(dates, (date) => instant(date.toISOString()) === date.toISOString()));
  });

  it('means the same instant in whatever zone it is written', () => {
    const minutes = fc.integer({ min: -14 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1e8, max: 4e9 }), minutes, (seconds, offset) => {
        const shifted = new Date((seconds + offset * 60) * 1000).toISOString().slice(0, 19);
        const two = (value: number) => String(value).padStart(2, '0');
        const size = Math.abs(offset);
        const written = `${shifted}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(timeOf(written).time.getTime()).toBe(seconds * 1000);
      }),
    );
  });
});

describe('local times', () => {
  it.each([
    ['2026-11-19 18:00', '2026-11-19T17:00:00.000Z'],
    ['2026-07-19 8:05:09', '2026-07-19T06:05:09.000Z'],
    ['yesterday 18:00', '2026-11-20T17:00:00.000Z'],
    ['yesterday at 18:00', '2026-11-20T17:00:00.000Z'],
    ['Today  9:00', '2026-11-21T08:00:00.000Z'],
    ['2026-11-19', '2026-11-18T23:00:00.000Z'],
    // Skipped by the clock change: moved forward. Repeated by it: the first.
    ['2026-03-29 02:30', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25 02:30', '2026-10-25T00:30:00.000Z'],
  ])('%s', (text, expected) => expect(instant(text)).toBe(expected));

  it('cover the whole minute, second or day they name, also a day of 25 hours', () => {
    const span = (text: string) => {
      const { time, through } = timeOf(text);
      return (through as Date).getTime() - time.getTime() + 1;
    };
    expect(span('2026-11-19 18:00')).toBe(60_000);
    expect(span('2026-11-19 18:00:05')).toBe(1000);
    expect(span('2026-11-19 18:00:05.250')).toBe(1);
    expect(span('yesterday')).toBe(24 * 3_600_000);
    expect(span('2026-10-25')).toBe(25 * 3_600_000);
    expect(span('2026-03-29')).toBe(23 * 3_600_000);
  });
});

describe('times ago', () => {
  it.each([
    ['30 seconds ago', '2026-11-21T11:29:45.250Z'],
    ['2 hours ago', '2026-11-21T09:30:15.250Z'],
    ['an hour ago', '2026-11-21T10:30:15.250Z'],
    ['1 week ago', '2026-11-14T11:30:15.250Z'],
    ['2 years ago', '2024-11-21T11:30:15.250Z'],
  ])('%s', (text, expected) => expect(instant(text)).toBe(expected));

  it('keeps the time of day over a clock change, but counts hours as they pass', () => {
    const after = new Date(2026, 9, 25, 12);
    expect(instant('1 day ago', after)).toBe('2026-10-24T10:00:00.000Z');
    expect(instant('24 hours ago', after)).toBe('2026-10-24T11:00:00.000Z');
  });

  it('stays in a shorter month', () => {
    expect(instant('1 month ago', new Date(2026, 2, 31, 12))).toBe('2026-02-28T11:00:00.000Z');
    expect(instant('1 year ago', new Date(2024, 1, 29, 12))).toBe('2023-02-28T11:00:00.000Z');
  });
});

it('knows latest, and ids of at least four digits', () => {
  expect(parseMoment(' Latest ', now())).toEqual({ latest: true });
  expect(parseMoment('AB12cd', now())).toEqual({ snapshot: 'ab12cd' });
  expect(parseMoment('20261119', now())).toEqual({ snapshot: '20261119' });
  expect(() => parseMoment('abc', now())).toThrow();
});

it('refuses the rest, and shows how to write it', () => {
  const wrong = [
    '',
    '2026-02-30',
    '2026-11-19 24:00',
    '2026-13-01',
    '18:00',
    'tomorrow',
    '2 fortnights ago',
    'xyz1',
    '2026-11-19 18:00+25:00',
  ];
  for (const text of wrong) {
    expect(() => parseMoment(text, now())).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('yesterday 18:00') }),
    );
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseMoment(text, now());
      } catch (error) {
        expect(error).toMatchObject({ code: 'usage' });
      }
    }),
  );
});
