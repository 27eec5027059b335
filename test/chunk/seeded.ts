import { gearTable } from '../../src/chunk/gear.ts';

/** Bytes that look random and are the same in every run (xorshift32). */
export function seededBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = seed | 1;
  for (let i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x >>> 11;
  }
  return bytes;
}

export const gear = gearTable(new Uint8Array(32).fill(5));

/** The hash of the format, by its definition: of the 32 bytes before a position. */
export function hashBefore(bytes: Uint8Array, position: number): number {
  let hash = 0;
  for (let i = Math.max(0, position - 32); i < position; i++) hash = (hash * 2 + gear[bytes[i]!]!) % 2 ** 32;
  return hash;
}
