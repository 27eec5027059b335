// How decoders must fail: with an error of ours, never with another, and never for ever.
import fc from 'fast-check';
import { expect } from 'vitest';
import { isBmcloudError } from '../../src/errors.ts';

/** Runs a decoder; true when it read the bytes, false when it refused them with an error of ours. */
export function reads(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    if (!isBmcloudError(error, 'damaged', 'newer-format')) throw error;
    expect(error.message).not.toMatch(/\n/);
    return false;
  }
}

export interface Mutation {
  at: number;
  flip: number;
  cut: number;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  flip: fc.integer({ min: 0, max: 255 }),
  cut: fc.oneof(fc.constant(0), fc.nat(20)),
});

/** Bytes with one of them changed and some cut off. */
export function mutated(bytes: Uint8Array, { at, flip, cut }: Mutation): Uint8Array {
  const copy = bytes.slice(0, Math.max(0, bytes.length - cut));
  if (copy.length > 0) copy[at % copy.length]! ^= flip;
  return copy;
}
