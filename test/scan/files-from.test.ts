import { expect, it } from 'vitest';
import { readFilesFrom } from '../../src/scan/files-from.ts';

function lines(text: string, zeroSeparated = false): string[] {
  const bytes = Buffer.from(text, 'latin1');
  return readFilesFrom(bytes, zeroSeparated).map((line) => Buffer.from(line).toString('latin1'));
}

it('reads a path a line', () => {
  expect(lines('/a\n\n b \n/caf\xe9')).toEqual(['/a', ' b ', '/caf\xe9']);
  expect(lines('')).toEqual([]);
});

it('forgives what Windows editors add', () => {
  expect(lines('\xef\xbb\xbfa\r\nb\r\n\r\n')).toEqual(['a', 'b']);
  expect(() => lines('\xff\xfea\0')).toThrow('UTF-16');
});

it('refuses a zero byte in a line', () => {
  expect(() => lines('/a\0/b\0')).toThrow('zero byte');
});

it('takes every byte between zeros as it is', () => {
  expect(lines('a\nb\0\0\xef\xbb\xbfc\r\0', true)).toEqual(['a\nb', '\xef\xbb\xbfc\r']);
});
