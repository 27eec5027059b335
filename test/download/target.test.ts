import { join, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draftOf, placeOf, refusalOf, refusalOfName, type Target } from '../../src/download/target.ts';
import { isWindows, slashed } from '../fixtures/platform.ts';

const target = (options: Partial<Target> = {}): Target => ({
  roots: new Map([['source', { path: Buffer.from('/target'), below: false }]]),
  windows: false,
  folds: false,
  fromWindows: false,
  ...options,
});
const refused = (path: string | Uint8Array, options: Partial<Target> = {}) =>
  refusalOf(target(options), Buffer.from(path as string)) !== undefined;

test.each([
  '',
  '/',
  '..',
  '../evil',
  'source/..',
  'source/../evil',
  'source/a/../../evil',
  'source/./a',
  'source//a',
  '/etc/passwd',
  'source/a\0b',
  'other/a',
  `source/${'a'.repeat(1025)}`,
])('no path has a place that leads elsewhere: %j', (path) => {
  expect(refused(path)).toBe(true);
});

test.each([
  'source',
  'source/a',
  'source/...',
  'source/..a',
  'source/a\\b',
  'source/C:x',
  'source/CON',
  'source/a.',
])('what only Windows minds is a name elsewhere: %j', (path) => {
  expect(refused(path)).toBe(false);
});

describe('on Windows', () => {
  test.each([
    'source/..\\..\\evil',
    'source/a\\b',
    'source/C:',
    'source/C:\\evil',
    'source/a:stream',
    'source/a::$DATA',
    'source/con:',
    'source/.. ',
    'source/...',
    'source/. ./b',
    'source/ ',
    'source/a<b',
    'source/a\u0001',
    'source/a?',
  ])('refuses %j', (path) => {
    expect(refused(path, { windows: true, fromWindows: true })).toBe(true);
    expect(refused(path, { windows: true })).toBe(true);
  });

  test.each([
    'source/console',
    'source/a.b',
    'source/.a',
    'source/ä',
    // Only their \\\\?\\ form names these, and it is the one that is used.
    'source/con',
    'source/Nul.txt',
    'source/CONIN$',
    'source/com¹/aux .txt',
    'source/a.',
    'source/a ',
    'source/a./b',
    'source/..a. .',
  ])('takes %j', (path) => {
    expect(refused(path, { windows: true })).toBe(false);
  });
});

test('a separator made on Windows is none here', () => {
  expect(refused('source/..\\evil', { fromWindows: true })).toBe(true);
});

test('whatever is not refused lies below the root', () => {
  const name = fc.oneof(
    fc.constantFrom('..', '.', '', 'a', '...', '\\..', 'C:', '~'),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
      const path = Buffer.from(['source', ...names].join('/'));
      const here = target({ windows: isWindows });
      if (refusalOf(here, path) !== undefined) return;
      const place = slashed(Buffer.from(placeOf(here, path, false)).toString('latin1'));
      expect(place.startsWith('/target/')).toBe(true);
      expect(place.split('/')).not.toContain('..');
    }),
  );
});

test('in a directory that has a place, a name is judged as the whole path is', () => {
  const names = fc.oneof(
    fc.constantFrom('.', '..', '', 'a\\b', 'nul', 'a.', 'a:b', 'a'.repeat(1024), 'a'.repeat(1025)),
    fc.string({ unit: 'binary', maxLength: 6 }).map((name) => name.replaceAll('/', '_')),
  );
  fc.assert(
    fc.property(names, fc.boolean(), fc.boolean(), (name, windows, fromWindows) => {
      const here = target({ windows, fromWindows });
      const path = Buffer.from(`source/d/${name}`);
      const start = path.lastIndexOf('/') + 1;
      expect(refusalOfName(here, path, start)).toBe(refusalOf(here, path));
    }),
  );
  const long = Buffer.from(`source${`/${'a'.repeat(1000)}`.repeat(66)}`);
  expect(refusalOfName(target(), long, long.length - 1000)).toBe(refusalOf(target(), long));
});

test('a draft lies beside its file, under a name that is always the same', () => {
  const file = join('/target', 'a');
  expect(slashed(draftOf(file) as string)).toMatch(/^\/target\/\.bmcloud-[0-9a-f]{20}$/);
  expect(draftOf(file)).toBe(draftOf(file));
  expect(draftOf(file)).not.toBe(draftOf(join('/target', 'b')));
  const bytes = Buffer.concat([Buffer.from(sep), Buffer.of(0xff), Buffer.from(sep), Buffer.of(0xfe)]);
  expect((draftOf(bytes) as Buffer).subarray(0, 3)).toEqual(bytes.subarray(0, 3));
});
