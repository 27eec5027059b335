import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Places } from '../../src/download/places.ts';
import { placeOf, type Target } from '../../src/download/target.ts';
import { lacks } from '../fixtures/platform.ts';
import { path } from '../model/arbitraries.ts';

const SOURCE = Buffer.from('source');

test.skipIf(lacks('byteNames'))('a file goes where it goes alone, whatever came before', () => {
  const roots = [Buffer.from('/target'), Buffer.from('/'), Buffer.from('/t\xff', 'latin1')];
  fc.assert(
    fc.property(fc.array(path), fc.constantFrom(...roots), fc.boolean(), (paths, root, below) => {
      const target: Target = {
        roots: new Map([['source', { path: root, below }]]),
        windows: false,
        folds: false,
        fromWindows: false,
      };
      const places = new Places(target);
      for (const bytes of [SOURCE, ...paths.map((one) => Buffer.concat([SOURCE, Buffer.from('/'), one]))]) {
        expect(Buffer.from(places.of(bytes).place)).toEqual(Buffer.from(placeOf(target, bytes, false)));
      }
    }),
  );
});
