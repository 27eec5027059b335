import { randomBytes } from 'node:crypto';
import { BmcloudError } from '../errors.ts';

/** The length in bytes of a chunk id. */
export const CHUNK_ID_BYTES = 32;
/** The length in bytes of every other id. */
export const ID_BYTES = 16;

/** Where random ids come from: injected, so that tests repeat. */
export type RandomSource = (length: number) => Uint8Array;

export const systemRandom: RandomSource = (length) => new Uint8Array(randomBytes(length));

/** Lower-case hexadecimal, as in key names. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The bytes of a hexadecimal id of `length` bytes. @throws `damaged` when it is not one. */
export function fromHex(hex: string, length: number, what: string): Uint8Array {
  if (hex.length !== length * 2 || !/^[0-9a-f]*$/.test(hex)) {
    throw new BmcloudError('damaged', `${what} is damaged: "${hex.slice(0, 80)}" is not an id`);
  }
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
