import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equalBytes, fromHex, systemRandom, toHex } from '../../src/model/ids.ts';
import { anyBytes } from './arbitraries.ts';

test('hexadecimal comes back, also from a view into a larger buffer', () => {
  fc.assert(
    fc.property(anyBytes(), fc.nat(40), (bytes, from) => {
      const view = bytes.subarray(Math.min(from, bytes.length));
      expect(fromHex(toHex(view), view.length, 'the test')).toEqual(view);
    }),
  );
});

test.each(['0', '00 ', 'AB', '0g', '0x', '', '0000', '-1'])('"%s" is not the id of one byte', (text) => {
  expect(() => fromHex(text, 1, 'the test')).toThrow(/^the test is damaged: ".*" is not an id$/);
});

test('equal bytes are equal wherever they lie', () => {
  fc.assert(
    fc.property(anyBytes(), anyBytes(), (a, b) => {
      expect(equalBytes(a, Uint8Array.from([9, ...a]).subarray(1))).toBe(true);
      expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b));
    }),
  );
});

test('random bytes are of the length asked for', () => {
  expect(systemRandom(33)).toHaveLength(33);
  expect(toHex(systemRandom(16))).not.toBe(toHex(systemRandom(16)));
});
