import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { joinPath } from '../../src/model/path.ts';
import { listNames, nameBytes, pathIn } from '../../src/scan/listing.ts';
import { lacks } from '../fixtures/platform.ts';

const unicodeName = fc.string({
  unit: fc.constantFrom(
    'a',
    'z',
    '\u007f',
    '\u0080',
    '\u07ff',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{10ffff}',
  ),
});

it('orders names as their bytes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(unicodeName), (names) => {
      const listed = listNames('/', { names: () => [...names], rawNames: () => [] }).map(nameBytes);
      expect(listed).toEqual(names.map((name) => Buffer.from(name)).sort((a, b) => Buffer.compare(a, b)));
    }),
  );
});

it.skipIf(lacks('byteNames'))('asks for bytes only where text lost some', () => {
  const rawNames = vi.fn(() => [Buffer.from([0xff]), Buffer.from('a')]);
  expect(listNames('/', { names: () => ['b', '\u{1f600}'], rawNames })).toEqual(['b', '\u{1f600}']);
  expect(rawNames).not.toHaveBeenCalled();
  expect(listNames('/', { names: () => ['\ufffd', 'a'], rawNames })).toEqual(['a', Buffer.from([0xff])]);
});

it('puts names behind their directory, however long, and whatever text they are', () => {
  const directory = Buffer.from('source/folder');
  const name = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 200 }));
  fc.assert(
    fc.property(name, (text) => {
      expect(pathIn(directory, text)).toEqual(joinPath(directory, nameBytes(text)));
    }),
  );
  expect(pathIn(directory, 'a\ud800')).toEqual(joinPath(directory, Buffer.from('a\ufffd')));
  const bytes = Buffer.from([0xff, 0x61]);
  expect(pathIn(directory, bytes)).toEqual(joinPath(directory, bytes));
});
