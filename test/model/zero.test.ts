import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isZero } from '../../src/model/zero.ts';

test('bytes are zero if all of them are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ max: 2 }), (bytes) => {
      expect(isZero(bytes)).toBe(bytes.length > 0 && bytes.every((byte) => byte === 0));
    }),
  );
});
