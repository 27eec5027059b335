import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMode,
  formatPercent,
  formatTime,
  formatTimeForName,
  plural,
} from '../../src/cli/format.ts';

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [102_350, '100 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [1.3e9, '1.2 GiB'],
    [2 ** 50 * 5, '5.0 PiB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test('is never longer than eight characters, so that columns stay narrow', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => formatBytes(bytes).length <= 8));
  });
});

test('counts have separators, and agree with their noun', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect(formatCount(12)).toBe('12');
  expect([plural(1, 'file'), plural(0, 'file'), plural(2000, 'entry', 'entries')]).toEqual([
    '1 file',
    '0 files',
    '2,000 entries',
  ]);
});

test.each([
  [0, '0.0 s'],
  [449, '0.4 s'],
  [9_940, '9.9 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [184_000, '3 min 4 s'],
  [7_500_000, '2 h 5 min'],
  [90_000_000, '1 d 1 h'],
])('%d ms last %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('times are local and sort as texts', () => {
  const time = new Date(2026, 10, 9, 8, 7, 5);
  expect(formatTime(time)).toBe('2026-11-09 08:07:05');
  expect(formatTimeForName(time)).toBe('2026-11-09T080705');
});

test.each([
  ['directory', 0o755, 'drwxr-xr-x'],
  ['file', 0o4755, '-rwsr-xr-x'],
  ['file', 0o2640, '-rw-r-S---'],
  ['directory', 0o1777, 'drwxrwxrwt'],
  ['symlink', 0o777, 'lrwxrwxrwx'],
])('%s of mode %o reads %s', (type, mode, text) => {
  expect(formatMode(type, mode)).toBe(text);
});

test('100 % is said only of what is whole', () => {
  expect(formatPercent(999_999, 1_000_000)).toBe('99 %');
  expect(formatPercent(1, 1)).toBe('100 %');
  expect(formatPercent(0, 0)).toBe('100 %');
});
