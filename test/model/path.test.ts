import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPath, comparePaths, displayPath, isWithin, joinPath, splitPath } from '../../src/model/path.ts';
import { anyBytes, path } from './arbitraries.ts';
import { reads } from './refusals.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const sign = Math.sign;

describe('the order of paths', () => {
  test('is that of bytes with the slash below them all', () => {
    const lowered = (one: Uint8Array) => Buffer.from(one.map((byte) => (byte === 0x2f ? 0 : byte)));
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(sign(comparePaths(a, b))).toBe(Buffer.compare(lowered(a), lowered(b)));
      }),
    );
  });

  test('is that of components, a path before those below it', () => {
    const byComponents = (a: Uint8Array[], b: Uint8Array[]): number => {
      const [[first, ...others], [second, ...rest]] = [a, b];
      if (!first || !second) return a.length - b.length;
      return Buffer.compare(first, second) || byComponents(others, rest);
    };
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(sign(comparePaths(a, b))).toBe(sign(byComponents(splitPath(a), splitPath(b))));
      }),
    );
  });

  test('is total', () => {
    fc.assert(
      fc.property(path, path, path, (a, b, c) => {
        expect(sign(comparePaths(a, b))).toBe(0 - sign(comparePaths(b, a)));
        expect(comparePaths(a, b) === 0).toBe(Buffer.compare(a, b) === 0);
        const [x, y, z] = [a, b, c].sort(comparePaths) as [Uint8Array, Uint8Array, Uint8Array];
        expect(comparePaths(x, y)).toBeLessThanOrEqual(0);
        expect(comparePaths(y, z)).toBeLessThanOrEqual(0);
        expect(comparePaths(x, z)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('keeps a directory and all below it together', () => {
    const sorted = ['a-', 'a/b', 'a', 'a.', 'a/b/c', 'a/b-'].map(bytes).sort(comparePaths);
    expect(sorted.map(displayPath)).toEqual(['a', 'a/b', 'a/b/c', 'a/b-', 'a-', 'a.']);
  });
});

test('joining and splitting', () => {
  fc.assert(
    fc.property(path, path, (a, b) => {
      const joined = joinPath(a, b);
      expect(splitPath(joined)).toEqual([...splitPath(a), ...splitPath(b)]);
      expect(isWithin(joined, a)).toBe(true);
      expect(isWithin(a, joined)).toBe(false);
      expect(isWithin(a, a)).toBe(true);
    }),
  );
  expect(isWithin(bytes('ab'), bytes('a'))).toBe(false);
});

describe('a path from a store', () => {
  test('is accepted when it can be one', () => {
    fc.assert(fc.property(path, (one) => checkPath(one, 'the test')));
    checkPath(bytes(`${'x'.repeat(1024)}/...`), 'the test');
    checkPath(bytes('x/'.repeat(32_768).slice(0, 65_535)), 'the test');
  });

  const refused = [
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/..',
    './a',
    'a/../b',
    'a\0',
    'x'.repeat(1025),
    'x/'.repeat(40_000),
  ];
  test.each(refused.map((text) => [text.slice(0, 20), text]))('%j is refused', (_, text) => {
    expect(() => checkPath(bytes(text), 'the test')).toThrow(/^the test is damaged: /);
  });

  test('is accepted or refused, whatever it is', () => {
    fc.assert(fc.property(anyBytes(), (one) => void reads((some) => checkPath(some, 'the test'), one)));
  });
});

describe('what people are shown', () => {
  /** What the escapes stand for, and everything else as UTF-8. */
  const unescaped = (text: string) =>
    Buffer.concat(
      text
        .split(/(\\x[0-9a-f]{2})/)
        .map((part, i) => (i % 2 === 1 ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part))),
    );

  test('stands for these bytes and no others', () => {
    fc.assert(
      fc.property(fc.oneof(path, anyBytes()), (one) => {
        expect(unescaped(displayPath(one))).toEqual(Buffer.from(one));
      }),
      { numRuns: 1000 },
    );
  });

  test('steers no terminal', () => {
    fc.assert(
      fc.property(fc.oneof(path, anyBytes()), (one) => {
        expect(displayPath(one)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  const cases: [shown: string, raw: string][] = [
    ['naïve 日本', Buffer.from('naïve 日本').toString('latin1')],
    ['a\\b', 'a\\b'],
    ['\\x5cx41', '\\x41'],
    ['\\x1b[2J', '\x1b[2J'],
    ['\\xc2\\x85', '\xc2\x85'],
    ['\\x85', '\x85'],
    ['\\xc3\\xa4\\xff', '\xc3\xa4\xff'],
    ['\uFEFFa', '\xef\xbb\xbfa'],
  ];
  test.each(cases)('%j', (shown, raw) => expect(displayPath(bytes(raw))).toBe(shown));
});
