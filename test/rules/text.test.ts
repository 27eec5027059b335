import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOf } from '../../src/rules/text.ts';

test('UTF-8 is its text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => textOf(Buffer.from(text)) === text.toWellFormed()),
  );
});

test('distinct bytes stay distinct, and what is no UTF-8 is like no text', () => {
  const bytes = fc.array(
    fc.constantFrom(0x61, 0x7f, 0x80, 0xbf, 0xc3, 0xa9, 0xed, 0xa0, 0xf0, 0x9f, 0x98, 0xff),
  );
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [one, other] = [Buffer.from(a), Buffer.from(b)];
      expect(textOf(one) === textOf(other)).toBe(one.equals(other));
      expect(textOf(one).isWellFormed()).toBe(one.equals(Buffer.from(one.toString())));
    }),
  );
});
