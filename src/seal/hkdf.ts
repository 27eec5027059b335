import { hkdfSync } from 'node:crypto';

const NO_SALT = new Uint8Array(0);

/** HKDF-SHA-256 (RFC 5869) with `length` bytes of output. */
export function hkdf(
  input: Uint8Array,
  salt: Uint8Array = NO_SALT,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', input, salt, info, length));
}

/** A label followed by the bytes it is bound to. */
export function labelled(label: string, bound: Uint8Array = NO_SALT): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(label, 'ascii'), bound]));
}
