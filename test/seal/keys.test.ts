import { hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { deriveDomain, deriveOwner, domainKeys, OWNER_DOMAIN } from '../../src/seal/keys.ts';
import { machineDomain, master, owner, pushOnly, repository } from './known.ts';

function expected(label: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', master, repository, label, length));
}

test('the keys of the owner follow from the master key', () => {
  const keys = deriveOwner(master, repository);
  expect(keys.owner.sealPrivate).toEqual(expected('bmcloud 1 x25519', 32));
  expect(keys.owner.signSeed).toEqual(expected('bmcloud 1 ed25519', 32));
  expect(keys.write.own).toEqual(deriveDomain(master, repository, OWNER_DOMAIN));
});

test('the keys of a domain are four pieces of one derivation, in this order', () => {
  const all = expected(`bmcloud 1 domain${'\x09'.repeat(16)}`, 128);
  const { domain, authentication, id, index, gear } = deriveDomain(master, repository, machineDomain);
  expect(domain).toEqual(machineDomain);
  expect(Buffer.concat([authentication, id, index, gear])).toEqual(Buffer.from(all));
});

test('another repository or domain has other keys', () => {
  const other = new Uint8Array(16).fill(8);
  expect(deriveDomain(master, other, machineDomain).id).not.toEqual(pushOnly.write.own.id);
  expect(deriveDomain(master, repository, other).id).not.toEqual(pushOnly.write.own.id);
});

test('the owner has the keys of every domain, a push-only key those of its own', () => {
  expect(domainKeys(owner, machineDomain)).toEqual(pushOnly.write.own);
  expect(domainKeys(pushOnly, machineDomain)).toBe(pushOnly.write.own);
  expect(() => domainKeys(pushOnly, OWNER_DOMAIN)).toThrow(expect.objectContaining({ code: 'not-allowed' }));
});

test('write keys can be handed to a thread', () => {
  expect(structuredClone(owner.write)).toEqual(owner.write);
});
