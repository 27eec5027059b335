// Keys and sealing of docs/format.md for the tests' own writer.
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scryptSync,
  sign,
} from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { bytes, type Field, hex, record, u8, u32 } from './encode.ts';

const SCRYPT = { N: 16384, r: 8, p: 1 };

/** What only the owner has. */
export interface OwnerKeys {
  repository: Buffer;
  master: Buffer;
  x25519Public: Buffer;
  ed25519Public: Buffer;
  signing: KeyObject;
}

export interface DomainKeys {
  domain: string;
  all: Buffer;
  authentication: Buffer;
  id: Buffer;
  index: Buffer;
}

function hkdf(ikm: Buffer, salt: Buffer, info: Buffer | string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', ikm, salt, info, length));
}

function privateKey(oid: string, raw: Buffer): KeyObject {
  const key = Buffer.concat([hex(`302e02010030050603${oid}04220420`), raw]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function rawPublic(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url');
}

export function makeOwner(): OwnerKeys {
  const [repository, master] = [randomBytes(16), randomBytes(32)];
  const x25519 = privateKey('2b656e', hkdf(master, repository, 'bmcloud 1 x25519', 32));
  const signing = privateKey('2b6570', hkdf(master, repository, 'bmcloud 1 ed25519', 32));
  return { repository, master, signing, x25519Public: rawPublic(x25519), ed25519Public: rawPublic(signing) };
}

export function domainKeys({ master, repository }: OwnerKeys, domain: string): DomainKeys {
  const all = hkdf(master, repository, Buffer.concat([Buffer.from('bmcloud 1 domain'), hex(domain)]), 128);
  return {
    domain,
    all,
    authentication: all.subarray(0, 32),
    id: all.subarray(32, 64),
    index: all.subarray(64, 96),
  };
}

export function chunkId(keys: DomainKeys, chunk: Buffer): string {
  return createHmac('sha256', keys.id).update(createHash('sha256').update(chunk).digest()).digest('hex');
}

export function sealGcm(key: Buffer, nonce: Buffer, plaintext: Buffer, additional = Buffer.alloc(0)): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The payload of a frame. Codec 1 compresses. */
export function payload(decoded: Buffer, codec: number, unit: number): Buffer {
  const encoded = codec === 1 ? zstdCompressSync(decoded) : decoded;
  const whole = Buffer.concat([u8(codec), u32(decoded.length), u32(encoded.length), encoded]);
  return Buffer.concat([whole, Buffer.alloc((unit - ((whole.length + 16) % unit)) % unit)]);
}

export function frame(key: Buffer, kind: number, counter: number, plaintext: Buffer): Buffer {
  const nonce = Buffer.alloc(12);
  nonce[0] = kind;
  nonce[1] = kind === 1 ? 0 : 1;
  nonce.writeUInt32LE(counter, 4);
  return sealGcm(key, nonce, plaintext);
}

export function header(type: number, domain: string, salt: Buffer, commitment: Buffer): Buffer {
  return Buffer.concat([Buffer.from('BMC1'), u8(type), Buffer.alloc(3), hex(domain), salt, commitment]);
}

export interface ObjectKey {
  salt: Buffer;
  key: Buffer;
  commitment: Buffer;
}

/** A fresh key of a pack or a manifest; `salt` is the ephemeral public key. */
export function ownerKey(owner: OwnerKeys, domain: DomainKeys, type: number, name: string): ObjectKey {
  const ephemeral = generateKeyPairSync('x25519');
  const x = owner.x25519Public.toString('base64url');
  const recipient = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient });
  const salt = rawPublic(ephemeral.privateKey);
  const bind = Buffer.concat([salt, owner.x25519Public]);
  return objectKey(shared, domain.authentication, owner, { type, name, bind, salt });
}

/** A fresh key of an index object or a directory. */
export function domainKey(owner: OwnerKeys, domain: DomainKeys, type: number, name: string): ObjectKey {
  const salt = randomBytes(32);
  return objectKey(domain.index, salt, owner, { type, name, bind: Buffer.alloc(0), salt });
}

interface Binding {
  type: number;
  name: string;
  bind: Buffer;
  salt: Buffer;
}

function objectKey(
  ikm: Buffer,
  hkdfSalt: Buffer,
  owner: OwnerKeys,
  { type, name, bind, salt }: Binding,
): ObjectKey {
  const info = Buffer.concat([
    Buffer.from('bmcloud 1 object\0'),
    owner.repository,
    u8(type),
    bytes(name),
    bind,
  ]);
  const both = hkdf(ikm, hkdfSalt, info, 64);
  return { salt, key: both.subarray(0, 32), commitment: both.subarray(32) };
}

export function ownerSignature(owner: OwnerKeys, name: string, fields: Buffer): Buffer {
  const signed = [Buffer.from('bmcloud 1 owner\0'), owner.repository, bytes(name), fields];
  return sign(null, Buffer.concat(signed), owner.signing);
}

/** JSON of one level of nesting or more, members sorted. */
function canonical(value: unknown): string {
  const sorted = (_: string, member: unknown) =>
    member && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member;
  return JSON.stringify(value, sorted);
}

export function formatJson(owner: OwnerKeys, changes: object = {}): string {
  const format = {
    magic: 'bmcloud',
    version: 1,
    suite: 'x25519-hkdf-sha256-aes256gcm-ed25519',
    repository: owner.repository.toString('hex'),
    created: '2026-01-01T00:00:00Z',
    features: { read: [], write: [] },
    parameters: { chunk: { min: 131072, average: 524288, max: 2097152 } },
    store: { conditionalWrites: true },
    owner: owner.ed25519Public.toString('base64'),
    ...changes,
  };
  const signed = Buffer.from(`bmcloud 1 format\0${canonical(format)}`);
  return JSON.stringify(
    { ...format, signature: sign(null, signed, owner.signing).toString('base64') },
    null,
    1,
  );
}

export interface SlotRequest {
  id: string;
  role: 'owner' | 'recovery' | 'push-only';
  secret: { passphrase: string } | { generated: Buffer };
  domain: DomainKeys;
  /** Members of the JSON in place of the right ones. */
  members?: object;
  /** Fields of the sealed record in place of the right ones. */
  fields?: Field[];
}

export function slotJson(owner: OwnerKeys, request: SlotRequest): string {
  const { id, role, secret, domain, members, fields } = request;
  const salt = randomBytes(32);
  const encodedSalt = salt.toString('base64');
  const isPassphrase = 'passphrase' in secret;
  const input = isPassphrase ? scryptSync(secret.passphrase, salt, 32, SCRYPT) : secret.generated;
  const kdf = isPassphrase
    ? { name: 'scrypt', ...SCRYPT, salt: encodedSalt }
    : { name: 'hkdf', salt: encodedSalt };
  const keys = hkdf(input, salt, Buffer.concat([Buffer.from('bmcloud 1 slot'), hex(id)]), 64);
  const commitment = keys.subarray(32).toString('base64');
  const open = {
    magic: 'bmcloud-key',
    version: 1,
    id,
    role,
    label: 'a “label”',
    domain: domain.domain,
    kdf,
    commitment,
  };
  const slot = { ...open, created: '2026-01-01T00:00:00Z', ...members };
  const nonce = Buffer.concat([u8(5), Buffer.alloc(11)]);
  const sealed = sealGcm(
    keys.subarray(0, 32),
    nonce,
    record(fields ?? slotFields(owner, role, domain)),
    Buffer.from(canonical(slot)),
  );
  return JSON.stringify({ ...slot, sealed: sealed.toString('base64') });
}

/** The fields of a slot's record. */
export function slotFields(owner: OwnerKeys, role: string, domain: DomainKeys): Field[] {
  const own: Field =
    role === 'push-only' ? [5, Buffer.concat([hex(domain.domain), domain.all])] : [4, owner.master];
  return [[1, owner.repository], [2, owner.x25519Public], [3, owner.ed25519Public], own];
}

/** A generated key as text. */
export function generatedKeyText(key: Buffer): string {
  const sum = createHash('sha256').update('bmcloud 1 generated key').update(key).digest();
  let text = '';
  let bits = '';
  for (const byte of [...key, ...sum.subarray(0, 3)]) bits += byte.toString(2).padStart(8, '0');
  for (const five of bits.match(/.{5}/g)!)
    text += '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number.parseInt(five, 2)];
  return `BMC1-${text.match(/.{7}/g)!.join('-')}`;
}
