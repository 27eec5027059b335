import { createCipheriv, createDecipheriv, scryptSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { BmcloudError } from '../errors.ts';
import { ID_BYTES, type RandomSource, systemRandom, toHex } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import { TAG_BYTES } from './frame.ts';
import { hkdf, labelled } from './hkdf.ts';
import { KEY_BYTES, type RepositoryKeys, type Role } from './keys.ts';
import type { Secret } from './secret.ts';
import { canonicalJson } from './sign.ts';
import { decodeSlotRecord, encodeSlotRecord } from './slot-record.ts';

/*
 * Key slots: how a secret unlocks the repository (docs/format.md, section 4.1).
 */

const MAX_SLOT_BYTES = 64 * 1024;
const CIPHER = 'aes-256-gcm';
/** The key is used once, so the nonce may be fixed: kind 5, which no frame has. */
const NONCE = Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

/** What scrypt costs by default: 64 MiB and about 0.2 s. */
export const defaultScrypt = { N: 65_536, r: 8, p: 1 };

const hexId = z.string().regex(/^[0-9a-f]{32}$/, 'is not an id');
const base64 = z.base64('is not base64');
const base64Key = base64.length(44, 'is not 32 bytes in base64');

const kdfSchema = z.discriminatedUnion('name', [
  z.looseObject({
    name: z.literal('scrypt'),
    // Checked before scrypt runs: a forged slot must not make anybody spend hours or gigabytes.
    N: z
      .int()
      .min(2 ** 14)
      .max(2 ** 20)
      .refine((n) => (n & (n - 1)) === 0, 'is not a power of two'),
    r: z.literal(8),
    p: z.int().min(1).max(4),
    salt: base64Key,
  }),
  z.looseObject({ name: z.literal('hkdf'), salt: base64Key }),
]);

const slotSchema = z.looseObject({
  magic: z.literal('bmcloud-key'),
  version: z.literal(1),
  id: hexId,
  role: z.enum(['owner', 'recovery', 'push-only']),
  label: z.string(),
  created: z.iso.datetime({ offset: true }),
  domain: hexId,
  kdf: kdfSchema,
  commitment: base64Key,
  sealed: base64,
});

/** A slot as it was read: checked in form, not yet opened. Unknown members are kept, for they are authenticated too. */
export type Slot = z.infer<typeof slotSchema>;

export interface NewSlot {
  secret: Secret;
  role: Role;
  /** For people: whose it is. Not secret. */
  label: string;
  created: Date;
  /** Of the owner for `owner` and `recovery`; for `push-only`, `write.own` is the domain that the slot gives. */
  keys: Pick<RepositoryKeys, 'write' | 'owner'>;
}

/** A new slot and its id (16 bytes). @throws `not-allowed` when the keys do not suffice for the role */
export function makeSlot(
  slot: NewSlot,
  random: RandomSource = systemRandom,
  scrypt = defaultScrypt,
): { id: Uint8Array; json: string } {
  const id = random(ID_BYTES);
  const salt = random(KEY_BYTES);
  const kdf = {
    ...(slot.secret.kind === 'passphrase'
      ? { name: 'scrypt' as const, ...scrypt }
      : { name: 'hkdf' as const }),
    salt: toBase64(salt),
  } as Slot['kdf'];
  const { key, commitment } = slotKey(slot.secret, kdf, id);
  const open: Omit<Slot, 'sealed'> = {
    magic: 'bmcloud-key',
    version: 1,
    id: toHex(id),
    role: slot.role,
    label: slot.label,
    created: slot.created.toISOString(),
    domain: toHex(slot.keys.write.own.domain),
    kdf,
    commitment: toBase64(commitment),
  };
  const cipher = createCipheriv(CIPHER, key, NONCE).setAAD(authenticated(open));
  const ciphertext = cipher.update(encodeSlotRecord(slot.role, slot.keys));
  cipher.final();
  const sealed = toBase64(Buffer.concat([ciphertext, cipher.getAuthTag()]));
  return { id, json: JSON.stringify({ ...open, sealed }) };
}

/** Reads a slot. @throws `damaged`, or `newer-format` for another version */
export function readSlot(json: string, what: string): Slot {
  const parsed = parseJson(json, what);
  const version = z.looseObject({ magic: z.literal('bmcloud-key'), version: z.int() }).safeParse(parsed);
  if (version.success && version.data.version !== 1) {
    throw new BmcloudError('newer-format', `${what} is of version ${version.data.version}`, {
      hint: 'Use a newer bmcloud',
    });
  }
  const slot = slotSchema.safeParse(parsed);
  if (slot.success) return slot.data;
  const issue = slot.error.issues[0];
  throw damaged(what, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** The keys in a slot; undefined when the secret is not its own. @throws `damaged` when it is, but the slot was changed */
export function openSlot(slot: Slot, secret: Secret): RepositoryKeys | undefined {
  if ((secret.kind === 'passphrase') !== (slot.kdf.name === 'scrypt')) return undefined;
  const id = fromBase('hex', slot.id);
  const { key, commitment } = slotKey(secret, slot.kdf, id);
  if (!timingSafeEqual(commitment, fromBase('base64', slot.commitment))) return undefined;
  const { role, label } = slot;
  return { ...decodeSlotRecord(unseal(slot, key), slot), slot: { id, role, label } };
}

function slotKey(
  secret: Secret,
  kdf: Slot['kdf'],
  id: Uint8Array,
): { key: Uint8Array; commitment: Uint8Array } {
  const salt = fromBase('base64', kdf.salt);
  const bytes = hkdf(slotInput(secret, kdf, salt), salt, labelled('bmcloud 1 slot', id), 2 * KEY_BYTES);
  return { key: bytes.slice(0, KEY_BYTES), commitment: bytes.slice(KEY_BYTES) };
}

function slotInput(secret: Secret, kdf: Slot['kdf'], salt: Uint8Array): Uint8Array {
  if (secret.kind === 'generated') return secret.key;
  const { N, r, p } = kdf.name === 'scrypt' ? kdf : defaultScrypt;
  // OpenSSL counts a little more than the 128 · N · r bytes of the algorithm.
  const maxmem = 128 * r * (N + p + 2) + 1024;
  return scryptSync(secret.passphrase.normalize('NFC'), salt, KEY_BYTES, { N, r, p, maxmem });
}

function unseal(slot: Slot, key: Uint8Array): Uint8Array {
  const { sealed, ...open } = slot;
  const bytes = fromBase('base64', sealed);
  const what = slotName(slot);
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

/** How messages call a slot. */
function slotName(slot: Slot): string {
  return `The key slot ${slot.id}`;
}

function authenticated(open: Omit<Slot, 'sealed'>): Uint8Array {
  return Buffer.from(canonicalJson(open), 'utf8');
}

function parseJson(json: string, what: string): unknown {
  if (Buffer.byteLength(json) > MAX_SLOT_BYTES) throw damaged(what, 'it is too large');
  try {
    return JSON.parse(json);
  } catch {
    throw damaged(what, 'it is not JSON');
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function fromBase(base: 'hex' | 'base64', text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, base));
}
