import { deriveDomain, deriveOwner, type RepositoryKeys } from '../../src/seal/keys.ts';

/*
 * Keys that are the same in every run.
 */

export const repository = new Uint8Array(16).fill(7);
export const master = Uint8Array.from({ length: 32 }, (_, i) => i);
export const machineDomain = new Uint8Array(16).fill(9);

export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

const slot = { id: new Uint8Array(16), label: 'test' };

export const owner: RepositoryKeys = { ...deriveOwner(master, repository), slot: { ...slot, role: 'owner' } };

export const pushOnly: RepositoryKeys = {
  write: { ...owner.write, own: deriveDomain(master, repository, machineDomain) },
  slot: { ...slot, role: 'push-only' },
};

/** The bytes with one bit turned over. */
export function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[bit >>> 3]! ^= 1 << (bit & 7);
  return changed;
}
