import { createCipheriv, createDecipheriv, scryptSync, timingSafeEqual } from 'node:crypto';
import { BmcloudError } from '../errors.ts';
import { ID_BYTES, type RandomSource, systemRandom, toHex } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import { TAG_BYTES } from './frame.ts';
import { hkdf, labelled } from './hkdf.ts';
import { KEY_BYTES, type RepositoryKeys, type Role } from './keys.ts';
import type { Secret } from './secret.ts';
import { canonicalJson } from './sign.ts';
import { MAX_SLOT_BYTES, type Slot } from './slot-form.ts';
import { decodeSlotRecord, encodeSlotRecord, slotName } from './slot-record.ts';

export { readSlot, type Slot } from './slot-form.ts';

/*
 * Key slots: how a secret unlocks the repository (docs/format.md, section 4.1).
 */

const CIPHER = 'aes-256-gcm';
/** The key is used once, so the nonce may be fixed: kind 5, which no frame has. */
const NONCE = Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

/** The parameters of scrypt (RFC 7914). */
export interface ScryptCost {
  N: number;
  r: 8;
  p: 1;
}

/** What scrypt costs by default: 64 MiB and about 0.2 s. */
export const defaultScrypt: ScryptCost = { N: 65_536, r: 8, p: 1 };

/** What everybody can read of a slot. */
type OpenSlot = Omit<Slot, 'sealed'>;

export interface NewSlot {
  secret: Secret;
  role: Role;
  /** For people: whose it is. Not secret. */
  label: string;
  created: Date;
  /** Of the owner for `owner` and `recovery`; for `push-only`, `write.own` is the domain that the slot gives. */
  keys: Pick<RepositoryKeys, 'write' | 'owner'>;
}

/**
 * A new slot and its id (16 bytes).
 * @throws `not-allowed` when the keys do not suffice for the role, `usage` when the label is too long
 */
export function makeSlot(
  slot: NewSlot,
  random: RandomSource = systemRandom,
  scrypt: ScryptCost = defaultScrypt,
): { id: Uint8Array; json: string } {
  const id = random(ID_BYTES);
  const salt = random(KEY_BYTES);
  const { secret } = slot;
  const input = secret.kind === 'passphrase' ? stretch(secret.passphrase, salt, scrypt) : secret.key;
  const { key, commitment } = slotKey(input, salt, id);
  const open: OpenSlot = {
    magic: 'bmcloud-key',
    version: 1,
    id: toHex(id),
    role: slot.role,
    label: slot.label,
    created: slot.created.toISOString(),
    domain: toHex(slot.keys.write.own.domain),
    kdf: kdfOf(secret, toBase64(salt), scrypt),
    commitment: toBase64(commitment),
  };
  const sealed = toBase64(sealSlot(open, key, encodeSlotRecord(slot.role, slot.keys)));
  const json = JSON.stringify({ ...open, sealed });
  if (Buffer.byteLength(json) <= MAX_SLOT_BYTES) return { id, json };
  throw new BmcloudError('usage', 'The label of the key is too long');
}

function kdfOf(secret: Secret, salt: string, scrypt: ScryptCost): Slot['kdf'] {
  return secret.kind === 'passphrase' ? { name: 'scrypt', ...scrypt, salt } : { name: 'hkdf', salt };
}

/** The keys in a slot; undefined when the secret is not its own. @throws `damaged` when it is, but the slot was changed */
export function openSlot(slot: Slot, secret: Secret): RepositoryKeys | undefined {
  const salt = fromText('base64', slot.kdf.salt);
  const input = slotInput(slot.kdf, secret, salt);
  if (!input) return undefined;
  const id = fromText('hex', slot.id);
  const { key, commitment } = slotKey(input, salt, id);
  if (!timingSafeEqual(commitment, fromText('base64', slot.commitment))) return undefined;
  const { role, label } = slot;
  return { ...decodeSlotRecord(unsealSlot(slot, key), slot), slot: { id, role, label } };
}

function slotInput(kdf: Slot['kdf'], secret: Secret, salt: Uint8Array): Uint8Array | undefined {
  if (kdf.name === 'scrypt' && secret.kind === 'passphrase') return stretch(secret.passphrase, salt, kdf);
  if (kdf.name === 'hkdf' && secret.kind === 'generated') return secret.key;
  return undefined;
}

/** The 32 bytes that scrypt makes of a passphrase. */
export function stretch(passphrase: string, salt: Uint8Array, { N, r, p }: ScryptCost): Uint8Array {
  // OpenSSL counts a little more than the 128 · N · r bytes of the algorithm.
  const maxmem = 128 * r * (N + p + 2) + 1024;
  return scryptSync(passphrase.normalize('NFC'), salt, KEY_BYTES, { N, r, p, maxmem });
}

function slotKey(
  input: Uint8Array,
  salt: Uint8Array,
  id: Uint8Array,
): { key: Uint8Array; commitment: Uint8Array } {
  const bytes = hkdf(input, salt, labelled('bmcloud 1 slot', id), 2 * KEY_BYTES);
  return { key: bytes.slice(0, KEY_BYTES), commitment: bytes.slice(KEY_BYTES) };
}

function sealSlot(open: OpenSlot, key: Uint8Array, record: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES }).setAAD(authenticated(open));
  const ciphertext = cipher.update(record);
  cipher.final();
  return Buffer.concat([ciphertext, cipher.getAuthTag()]);
}

function unsealSlot({ sealed, ...open }: Slot, key: Uint8Array): Uint8Array {
  const what = slotName(open.id);
  const bytes = fromText('base64', sealed);
  if (bytes.length < TAG_BYTES) throw damaged(what, 'it is cut short');
  const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES }).setAAD(
    authenticated(open),
  );
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const record = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw damaged(what, 'it was changed after it was made');
  }
  return record;
}

function authenticated(open: OpenSlot): Uint8Array {
  return Buffer.from(canonicalJson(open), 'utf8');
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function fromText(encoding: 'hex' | 'base64', text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, encoding));
}
