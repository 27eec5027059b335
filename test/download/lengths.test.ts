import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataOf } from '../../src/download/lengths.ts';
import { type Content, decodeContent, encodeContent, marks, noContent } from '../../src/model/entry.ts';
import { Writer } from '../../src/model/wire.ts';
import { content } from '../model/arbitraries.ts';

function encoded(value: Content): Uint8Array {
  const writer = new Writer();
  encodeContent(writer, value);
  return writer.take();
}

const ofOneChunk = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 8 * 1024 * 1024 })),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  )
  .map(([length, id]): Content => ({ ...noContent, list: { depth: 0, items: [{ length, id }] } }));

test('a short way of reading an entry finds what the long one does', () => {
  fc.assert(
    fc.property(fc.oneof(ofOneChunk, content), (value) => {
      const { list, marks: bits } = value;
      if (!list || list.depth > 0) return;
      const length = list.items.reduce((sum, item) => sum + item.length, 0);
      fc.pre(Number.isSafeInteger(length + 1)); // no stat has a size beyond
      const changed = (bits & marks.changedWhileReading) !== 0;
      expect(dataOf(length, encoded(value))).toEqual({ list, length, changed });
      if (!changed) expect(() => dataOf(length + 1, encoded(value))).toThrow('another length');
    }),
  );
});

test('bytes that are no entry are none the short way either', () => {
  fc.assert(
    fc.property(ofOneChunk, fc.nat(40), fc.nat(255), (value, at, byte) => {
      const bytes = encoded(value);
      bytes[at % bytes.length] = byte;
      let list: Content['list'];
      try {
        ({ list } = decodeContent(bytes));
      } catch {
        expect(() => dataOf(1, bytes)).toThrow();
        return;
      }
      const length = list?.items.reduce((sum, item) => sum + item.length, 0) ?? 0;
      if (list?.depth === 0) expect(dataOf(length, bytes)).toMatchObject({ list, length });
    }),
    { numRuns: 1000 },
  );
});
