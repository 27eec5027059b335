import { BmcloudError } from '../errors.ts';
import { equalBytes, ID_BYTES, toHex } from '../model/ids.ts';
import { publicKeyOf } from './curve.ts';
import { hkdf, labelled } from './hkdf.ts';

/*
 * Who holds which keys, and how they follow from the master key (docs/format.md, section 4).
 */

export const KEY_BYTES = 32;

/** The domain of every machine that holds the owner's keys. */
export const OWNER_DOMAIN: Uint8Array = new Uint8Array(ID_BYTES);

/** What a key may do: everything; everything, as the spare one; add backups and read none. */
export type Role = 'owner' | 'recovery' | 'push-only';

/** The keys of who shares deduplication. Plain data: it goes to worker threads. */
export interface DomainKeys {
  /** The domain's id, 16 bytes. */
  domain: Uint8Array;
  /** Shows that an object was made by a member of the domain. */
  authentication: Uint8Array;
  /** Turns the hash of a chunk into its id. */
  id: Uint8Array;
  /** Seals index objects and pack directories. */
  index: Uint8Array;
  /** Seed of the gear table: where chunks are cut. */
  gear: Uint8Array;
}

/** What it takes to write, and to read one's own index. Plain data: it goes to worker threads. */
export interface WriteKeys {
  /** The repository's id, 16 bytes. */
  repository: Uint8Array;
  /** X25519 public key. */
  sealPublic: Uint8Array;
  /** Ed25519 public key. */
  signPublic: Uint8Array;
  own: DomainKeys;
}

/** What only the owner has. */
export interface OwnerKeys {
  master: Uint8Array;
  /** X25519 private key. */
  sealPrivate: Uint8Array;
  /** Ed25519 seed. */
  signSeed: Uint8Array;
}

/** What an opened key slot gives. */
export interface RepositoryKeys {
  write: WriteKeys;
  /** Absent: a push-only key, which reads nothing back. */
  owner?: OwnerKeys;
  /** The slot that was opened. */
  slot: { id: Uint8Array; role: Role; label: string };
}

/** All keys of the owner of `repository`, from the 32 bytes of the master key. */
export function deriveOwner(
  master: Uint8Array,
  repository: Uint8Array,
): { write: WriteKeys; owner: OwnerKeys } {
  const sealPrivate = hkdf(master, repository, labelled('bmcloud 1 x25519'), KEY_BYTES);
  const signSeed = hkdf(master, repository, labelled('bmcloud 1 ed25519'), KEY_BYTES);
  return {
    write: {
      repository,
      sealPublic: publicKeyOf('x25519', sealPrivate),
      signPublic: publicKeyOf('ed25519', signSeed),
      own: deriveDomain(master, repository, OWNER_DOMAIN),
    },
    owner: { master, sealPrivate, signSeed },
  };
}

export function deriveDomain(master: Uint8Array, repository: Uint8Array, domain: Uint8Array): DomainKeys {
  return splitDomainKeys(
    domain,
    hkdf(master, repository, labelled('bmcloud 1 domain', domain), 4 * KEY_BYTES),
  );
}

/** The four keys of a domain from the 128 bytes that hold them, as copies. */
export function splitDomainKeys(domain: Uint8Array, keys: Uint8Array): DomainKeys {
  const key = (i: number) => new Uint8Array(keys.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES));
  return { domain: new Uint8Array(domain), authentication: key(0), id: key(1), index: key(2), gear: key(3) };
}

/** The keys of a domain: one's own, or any for the owner. @throws `not-allowed` */
export function domainKeys(keys: Pick<RepositoryKeys, 'write' | 'owner'>, domain: Uint8Array): DomainKeys {
  if (equalBytes(domain, keys.write.own.domain)) return keys.write.own;
  if (keys.owner) return deriveDomain(keys.owner.master, keys.write.repository, domain);
  throw new BmcloudError('not-allowed', `This key is push-only: it cannot read the domain ${toHex(domain)}`, {
    hint: "Use the owner's passphrase, key file or recovery key",
  });
}
