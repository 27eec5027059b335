import { expect, test } from 'vitest';
import { publicKeyOf, x25519 } from '../../src/seal/curve.ts';
import { hex } from './known.ts';

test('X25519 gives the result of RFC 7748, section 5.2', () => {
  const scalar = hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
  const point = hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
  expect(x25519(scalar, point)).toEqual(
    hex('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552'),
  );
});

test('an X25519 public key is the scalar times 9', () => {
  const nine = new Uint8Array(32);
  nine[0] = 9;
  const once = hex('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
  expect(x25519(nine, nine)).toEqual(once);
  expect(publicKeyOf('x25519', nine)).toEqual(once);
});

test('X25519 refuses a public key of low order', () => {
  expect(() => x25519(new Uint8Array(32).fill(1), new Uint8Array(32))).toThrow();
});

test('an Ed25519 public key is that of RFC 8032, section 7.1', () => {
  const seed = hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
  expect(publicKeyOf('ed25519', seed)).toEqual(
    hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'),
  );
});
