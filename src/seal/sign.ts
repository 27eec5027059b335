import { sign as signWith, verify } from 'node:crypto';
import { BmcloudError } from '../errors.ts';
import { equalBytes } from '../model/ids.ts';
import { damaged, Writer } from '../model/wire.ts';
import { importPrivate, importPublic } from './curve.ts';
import { labelled } from './hkdf.ts';
import { KEY_BYTES, OWNER_DOMAIN, type RepositoryKeys } from './keys.ts';
import { encodeHeader, HEADER_BYTES, objectTypes } from './object.ts';

/*
 * What the owner signs: format.json (docs/format.md, section 4.3) and owner records (section 9).
 */

export const SIGNATURE_BYTES = 64;
const OWNER_LABEL = labelled('bmcloud 1 owner\0');
const NOTHING = new Uint8Array(KEY_BYTES);
const OWNER_HEADER = encodeHeader({
  type: objectTypes.owner,
  domain: OWNER_DOMAIN,
  salt: NOTHING,
  commitment: NOTHING,
});

/** An Ed25519 signature (RFC 8032), 64 bytes. */
export function sign(seed: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(signWith(null, bytes, importPrivate('ed25519', seed)));
}

export function verifySignature(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES && verify(null, bytes, importPublic('ed25519', publicKey), signature)
  );
}

/** An owner record as it is stored under `name`. @throws `not-allowed` for push-only keys */
export function signOwnerRecord(
  keys: Pick<RepositoryKeys, 'write' | 'owner'>,
  name: string,
  record: Uint8Array,
): Uint8Array {
  if (!keys.owner) {
    throw new BmcloudError('not-allowed', `This key is push-only: it cannot write ${name}`, {
      hint: "Use the owner's passphrase, key file or recovery key",
    });
  }
  const signature = sign(keys.owner.signSeed, signedBytes(keys.write.repository, name, record));
  return new Uint8Array(Buffer.concat([OWNER_HEADER, record, signature]));
}

/** The record in an owner record that lies under `name`. @throws `damaged` unless the owner signed it for that name */
export function openOwnerRecord(
  write: Pick<RepositoryKeys['write'], 'repository' | 'signPublic'>,
  name: string,
  bytes: Uint8Array,
): Uint8Array {
  const recordEnd = bytes.length - SIGNATURE_BYTES;
  if (recordEnd < HEADER_BYTES) throw damaged(name, 'it is cut short');
  if (!equalBytes(bytes.subarray(0, HEADER_BYTES), OWNER_HEADER))
    throw damaged(name, 'its header is not as it should be');
  const record = bytes.subarray(HEADER_BYTES, recordEnd);
  const signed = signedBytes(write.repository, name, record);
  if (verifySignature(write.signPublic, signed, bytes.subarray(recordEnd))) return record;
  throw damaged(name, 'its signature is not the owner’s, or not for this place');
}

function signedBytes(repository: Uint8Array, name: string, record: Uint8Array): Uint8Array {
  return new Writer().raw(OWNER_LABEL).raw(repository).text(name).raw(record).take();
}

/**
 * The one text of a JSON value (docs/format.md, section 4.3): members sorted by name as UTF-16 code units, no white
 * space. Members that are undefined are left out, as in `JSON.stringify`.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
