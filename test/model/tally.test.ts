import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeStat } from '../../src/model/entry.ts';
import { isDirectory, isFile, sizeOf, Tally } from '../../src/model/tally.ts';
import { Writer } from '../../src/model/wire.ts';
import { stat } from './arbitraries.ts';

test('a stat is counted as what decoding it would say', () => {
  fc.assert(
    fc.property(fc.array(stat), (all) => {
      const tally = new Tally();
      for (const one of all) {
        const writer = new Writer();
        encodeStat(writer, one);
        const bytes = writer.take();
        expect(isFile(bytes)).toBe(one.type === 'file');
        expect(isDirectory(bytes)).toBe(one.type === 'directory');
        expect(sizeOf(bytes)).toBe(one.size);
        tally.add(bytes);
      }
      expect(tally.entries).toBe(all.length);
      expect(tally.files).toBe(all.filter(({ type }) => type === 'file').length);
      expect(tally.directories).toBe(all.filter(({ type }) => type === 'directory').length);
      expect(tally.bytes).toBe(all.reduce((sum, { size }) => sum + size, 0));
    }),
  );
});
