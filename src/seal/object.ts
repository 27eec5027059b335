import { timingSafeEqual } from 'node:crypto';
import { BmcloudError } from '../errors.ts';
import { ID_BYTES, type RandomSource, systemRandom } from '../model/ids.ts';
import { damaged, Writer } from '../model/wire.ts';
import { publicKeyOf, x25519 } from './curve.ts';
import { hkdf, labelled } from './hkdf.ts';
import { domainKeys, KEY_BYTES, type RepositoryKeys, type WriteKeys } from './keys.ts';

/*
 * Headers of objects and the keys they are sealed with (docs/format.md, sections 5.1 and 5.2).
 */

export const HEADER_BYTES = 88;

export const objectTypes = {
  dataPack: 1,
  metaPack: 2,
  index: 3,
  manifest: 4,
  /** The directory of a pack. It has a key of its own but no header. */
  directory: 5,
  owner: 6,
} as const;

export interface ObjectHeader {
  type: number;
  domain: Uint8Array;
  /** Ephemeral public key (packs, manifests) or random salt (index, directory): 32 bytes. */
  salt: Uint8Array;
  /** 32 bytes that only the right key, name and type lead to. */
  commitment: Uint8Array;
}

/** A header to write and the AES-256 key that goes with it. */
export interface SealedObject {
  header: ObjectHeader;
  key: Uint8Array;
}

const MAGIC = Buffer.from('BMC1', 'ascii');
const OBJECT_LABEL = labelled('bmcloud 1 object\0');

export function encodeHeader(header: ObjectHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes.set(MAGIC, 0);
  bytes[4] = header.type;
  bytes.set(header.domain, 8);
  bytes.set(header.salt, 8 + ID_BYTES);
  bytes.set(header.commitment, 8 + ID_BYTES + KEY_BYTES);
  return bytes;
}

/** The header at the beginning of `bytes`, as copies. @throws `damaged` */
export function decodeHeader(bytes: Uint8Array, what: string): ObjectHeader {
  if (bytes.length < HEADER_BYTES) throw damaged(what, 'it is shorter than its header');
  if (MAGIC.compare(bytes, 0, MAGIC.length) !== 0) throw damaged(what, 'it does not begin with "BMC1"');
  const type = bytes[4] as number;
  if (!headerTypes.has(type)) throw damaged(what, `it is of an unknown type, ${type}`);
  if (bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0)
    throw damaged(what, 'its header is not as it should');
  // Not `slice`: of a Buffer that would be a view, and keep a whole pack in memory.
  const copy = (start: number, length: number) => new Uint8Array(bytes.subarray(start, start + length));
  return {
    type,
    domain: copy(8, ID_BYTES),
    salt: copy(8 + ID_BYTES, KEY_BYTES),
    commitment: copy(8 + ID_BYTES + KEY_BYTES, KEY_BYTES),
  };
}

const headerTypes: ReadonlySet<number> = new Set([
  objectTypes.dataPack,
  objectTypes.metaPack,
  objectTypes.index,
  objectTypes.manifest,
  objectTypes.owner,
]);

/** A fresh key for a pack or manifest that will be stored under `name`; only the owner can derive it again. */
export function newPublicObject(
  write: WriteKeys,
  type: number,
  name: string,
  random: RandomSource = systemRandom,
): SealedObject {
  const ephemeral = random(KEY_BYTES);
  const salt = publicKeyOf('x25519', ephemeral);
  const shared = x25519(ephemeral, write.sealPublic);
  const { key, commitment } = publicObjectKey(write, write.own.authentication, { type, salt, name, shared });
  return { header: { type, domain: write.own.domain, salt, commitment }, key };
}

/**
 * The key of a pack or manifest that lies under `name`.
 * @throws `not-allowed` for push-only keys; `damaged` when it was made by other keys, or for another name or type
 */
export function openPublicObject(keys: RepositoryKeys, header: ObjectHeader, name: string): Uint8Array {
  if (!keys.owner) {
    throw new BmcloudError('not-allowed', `This key is push-only: it cannot read ${name}`, {
      hint: "Use the owner's passphrase, key file or recovery key",
    });
  }
  const { authentication } = domainKeys(keys, header.domain);
  const shared = sharedSecret(keys.owner.sealPrivate, header.salt, name);
  const derived = publicObjectKey(keys.write, authentication, { ...header, name, shared });
  return checkedKey(derived, header, name);
}

/** A fresh key for an index object, or (type 5) for the directory of the pack `name`; its domain can derive it again. */
export function newIndexObject(
  write: WriteKeys,
  type: number,
  name: string,
  random: RandomSource = systemRandom,
): SealedObject {
  const salt = random(KEY_BYTES);
  const { key, commitment } = indexObjectKey(write.repository, write.own.index, { type, salt, name });
  return { header: { type, domain: write.own.domain, salt, commitment }, key };
}

/**
 * The key of the index object, or of the directory of the pack, that lies under `name`.
 * @throws `not-allowed` for another domain's, `damaged` when it was made by other keys, or for another name or type
 */
export function openIndexObject(
  keys: Pick<RepositoryKeys, 'write' | 'owner'>,
  header: ObjectHeader,
  name: string,
): Uint8Array {
  const { index } = domainKeys(keys, header.domain);
  return checkedKey(indexObjectKey(keys.write.repository, index, { ...header, name }), header, name);
}

interface DerivedKey {
  key: Uint8Array;
  commitment: Uint8Array;
}

/** What both sides of a derivation know of an object. */
interface ObjectFacts {
  type: number;
  salt: Uint8Array;
  name: string;
}

function publicObjectKey(
  write: WriteKeys,
  authentication: Uint8Array,
  facts: ObjectFacts & { shared: Uint8Array },
): DerivedKey {
  const info = objectInfo(write.repository, facts).raw(facts.salt).raw(write.sealPublic).take();
  return splitKey(hkdf(facts.shared, authentication, info, 2 * KEY_BYTES));
}

function indexObjectKey(repository: Uint8Array, index: Uint8Array, facts: ObjectFacts): DerivedKey {
  return splitKey(hkdf(index, facts.salt, objectInfo(repository, facts).take(), 2 * KEY_BYTES));
}

function objectInfo(repository: Uint8Array, facts: ObjectFacts): Writer {
  return new Writer().raw(OBJECT_LABEL).raw(repository).u8(facts.type).text(facts.name);
}

function splitKey(bytes: Uint8Array): DerivedKey {
  return { key: bytes.slice(0, KEY_BYTES), commitment: bytes.slice(KEY_BYTES) };
}

function sharedSecret(sealPrivate: Uint8Array, ephemeral: Uint8Array, name: string): Uint8Array {
  try {
    return x25519(sealPrivate, ephemeral);
  } catch {
    // A point of low order: no honest writer makes one.
    throw damaged(name, 'its ephemeral key cannot be');
  }
}

function checkedKey(derived: DerivedKey, header: ObjectHeader, name: string): Uint8Array {
  if (timingSafeEqual(derived.commitment, header.commitment)) return derived.key;
  throw damaged(name, 'it was not sealed with the keys of this repository, or not for this place');
}
