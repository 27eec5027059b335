import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanName, placeBelow, targetBelow } from '../../src/unpack/names.ts';
import { oddName } from '../archive/members.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';

const clean = (name: string, fromWindows = false) => {
  const found = cleanName(Buffer.from(name, 'latin1'), { fromWindows });
  return 'path' in found ? Buffer.from(found.path).toString('latin1') : found;
};

test('what means nothing is dropped', () => {
  expect(clean('./a//b/./c/')).toBe('a/b/c');
  expect(clean('./')).toBe('');
  expect(clean('a.b/..c/...')).toBe('a.b/..c/...');
});

test.each(['..', '../a', 'a/..', 'a/../b', './../a', '/a', '//a', '/', 'a\0b'])(
  '%j leads elsewhere',
  (name) => {
    expect(clean(name)).toHaveProperty('refusal');
  },
);

test.each(['a\\b', '..\\a', '\\a', 'C:', 'c:a', 'C:/a', 'C:\\a'])('%j is a path of Windows', (name) => {
  expect(clean(name, true)).toHaveProperty('refusal');
});

test.skipIf(isWindows)('elsewhere these are letters like others', () => {
  expect(clean('a\\b')).toBe('a\\b');
  expect(clean('C:/a')).toBe('C:/a');
});

test.skipIf(lacks('byteNames'))('whatever a name is, its place is below the directory', () => {
  const target = targetBelow(Buffer.from('/target'));
  const part = fc.oneof(
    oddName,
    fc.constantFrom('..', '.', '', '/', '\\', 'C:').map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.boolean(), (parts, fromWindows) => {
      const name = Buffer.concat(parts.flatMap((one, i) => (i ? [Buffer.from('/'), one] : [one])));
      const found = cleanName(name, { fromWindows });
      if ('refusal' in found) return;
      const placed = placeBelow(target, found.path, false);
      if ('refusal' in placed) return;
      const place = Buffer.from(placed.place).toString('latin1');
      expect(place === '/target' || place.startsWith('/target/')).toBe(true);
      expect(place.split('/')).not.toContain('..');
    }),
    { numRuns: 500 },
  );
});
