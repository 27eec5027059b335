import { expect, test } from 'vitest';
import { parseBytes, parsePercent, parseSpan, parseWhole } from '../../src/cli/quantities.ts';

test.each([
  ['500', 500],
  ['10K', 10_240],
  ['1.5M', 1_572_864],
  ['2GiB', 2_147_483_648],
  ['3 mb/s', 3_145_728],
])('%s is %d bytes', (text, bytes) => {
  expect(parseBytes(text, '--limit-upload')).toBe(bytes);
});

test.each(['', '0', '-1', '10X', '1e6', 'fast', '9999999T'])('"%s" is no amount of bytes', (text) => {
  expect(() => parseBytes(text, '--limit-upload')).toThrow(
    `--limit-upload: "${text}" is not an amount of bytes`,
  );
});

test('percentages and whole numbers have bounds', () => {
  expect(parsePercent('10%', '--x')).toBe(10);
  expect(parsePercent('0.5 %', '--x')).toBe(0.5);
  for (const text of ['0', '101%', 'ten'])
    expect(() => parsePercent(text, '--x')).toThrow(/not a percentage/);
  expect(parseWhole('4', '--workers', 1, 8)).toBe(4);
  for (const text of ['0', '9', '1.5', '-1', ''])
    expect(() => parseWhole(text, '--workers', 1, 8)).toThrow(/from 1 to 8/);
});

test.each([
  ['500ms', 500],
  ['1.5s', 1500],
  ['2', 2000],
  ['24d', 2_073_600_000],
])('%s is %d milliseconds', (text, span) => {
  expect(parseSpan(text, '--interval')).toBe(span);
});

// A timer takes more for no time at all.
test.each(['25d', '9999999h', 'soon', '-1s', ''])('%j is no span of time', (text) => {
  expect(() => parseSpan(text, '--interval')).toThrow('is not a span of time');
});
