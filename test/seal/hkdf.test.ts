import { expect, test } from 'vitest';
import { hkdf, labelled } from '../../src/seal/hkdf.ts';
import { hex } from './known.ts';

const input = new Uint8Array(22).fill(0x0b);

test('HKDF gives the results of RFC 5869, appendix A', () => {
  const basic = hkdf(input, hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), 42);
  const unsalted = hkdf(input, new Uint8Array(0), new Uint8Array(0), 42);
  expect(basic).toEqual(
    hex('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'),
  );
  expect(unsalted).toEqual(
    hex('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'),
  );
});

test('a label stands before what it is bound to, without terminator', () => {
  expect(labelled('ab', Uint8Array.of(1, 2))).toEqual(Uint8Array.of(0x61, 0x62, 1, 2));
});
