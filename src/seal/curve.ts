import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';

/*
 * Raw 32-byte keys of Curve25519 as node:crypto wants them: behind the fixed DER prefix of their kind (RFC 8410).
 */

export type Curve = 'x25519' | 'ed25519';

const privatePrefix: Record<Curve, Buffer> = {
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
};

const publicPrefix: Record<Curve, Buffer> = {
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
};

/** The raw public key of a raw private key (X25519) or seed (Ed25519). */
export function publicKeyOf(curve: Curve, secret: Uint8Array): Uint8Array {
  const spki = createPublicKey(importPrivate(curve, secret)).export({ type: 'spki', format: 'der' });
  return new Uint8Array(spki.subarray(publicPrefix[curve].length));
}

/** The shared secret of RFC 7748. @throws an Error of node:crypto for a public key of low order. */
export function x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(
    diffieHellman({
      privateKey: importPrivate('x25519', secret),
      publicKey: importPublic('x25519', publicKey),
    }),
  );
}

export function importPrivate(curve: Curve, secret: Uint8Array): KeyObject {
  const key = Buffer.concat([privatePrefix[curve], secret]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

export function importPublic(curve: Curve, publicKey: Uint8Array): KeyObject {
  const key = Buffer.concat([publicPrefix[curve], publicKey]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}
