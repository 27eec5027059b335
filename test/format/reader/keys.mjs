// Section 4 of docs/format.md: derivations, key slots, generated keys, format.json.
import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  scryptSync,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { critical, decodeRecord, demand, demandFields, FormatError, is } from './bytes.mjs';

const OWNER_DOMAIN = '0'.repeat(32);
const SUITE = 'x25519-hkdf-sha256-aes256gcm-ed25519';
const ROLES = ['owner', 'recovery', 'push-only'];
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const MAX_JSON = 64 * 1024;

const SLOT_SECRETS = {
  1: critical('repository', is.id16),
  2: critical('x25519', is.id32),
  3: critical('ed25519', is.id32),
  4: critical('master', is.id32),
  5: critical('domain', is.fixed(144)),
};

/** HKDF-SHA-256 with `length` bytes of output. */
export function hkdf(ikm, salt, info, length) {
  return Buffer.from(hkdfSync('sha256', ikm, salt, info, length));
}

/** Opens AES-256-GCM; `sealed` ends with the tag. */
export function openGcm(key, nonce, sealed, additional, what) {
  demand(sealed.length >= 16, `${what}: too short for a tag`);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  decipher.setAAD(additional);
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  } catch {
    throw new FormatError(`${what}: does not authenticate`);
  }
}

/** True when both are the same bytes; takes the same time wherever they differ. */
export function sameSecret(a, b) {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** JSON with members in the order of their UTF-16 code units and without white space. */
export function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
  return `{${members.join(',')}}`;
}

/**
 * Opens a key slot. Answers null when the secret is not the slot's (another commitment), the unlocked keys otherwise:
 * {role, repository, x25519Public, ed25519Public, privateKey?, domainKeys(domainHex)}.
 */
export function openSlot(bytes, idHex, secretText) {
  const slot = parseJson(bytes, 'bmcloud-key', `slot ${idHex}`);
  demand(slot.id === idHex, `slot ${idHex}: its id is ${slot.id}`);
  demand(ROLES.includes(slot.role), `slot ${idHex}: unknown role ${slot.role}`);
  const input = slotInput(slot, secretText);
  if (!input) return null;
  const salt = base64(slot.kdf.salt, 32);
  const keys = hkdf(
    input,
    salt,
    Buffer.concat([Buffer.from('bmcloud 1 slot'), Buffer.from(idHex, 'hex')]),
    64,
  );
  if (!sameSecret(keys.subarray(32), base64(slot.commitment, 32))) return null;
  const { sealed, ...rest } = slot;
  const nonce = Buffer.alloc(12);
  nonce[0] = 5;
  const additional = Buffer.from(canonicalJson(rest));
  const plaintext = openGcm(keys.subarray(0, 32), nonce, base64(sealed), additional, `slot ${idHex}`);
  return unlock(slot, decodeRecord(plaintext, SLOT_SECRETS, `slot ${idHex}`));
}

/** The key derivation's input, or null when the secret is of another kind than the slot's. */
function slotInput(slot, secretText) {
  const generated = decodeGeneratedKey(secretText);
  const { name, N, r, p, salt } = slot.kdf;
  if (name === 'hkdf') return generated;
  demand(name === 'scrypt', `slot ${slot.id}: unknown key derivation ${name}`);
  if (generated) return null;
  demand(Number.isInteger(Math.log2(N)) && N >= 2 ** 14 && N <= 2 ** 20, `slot ${slot.id}: scrypt N = ${N}`);
  demand(r === 8 && p === 1, `slot ${slot.id}: scrypt r = ${r}, p = ${p}`);
  const passphrase = Buffer.from(secretText.normalize('NFC'));
  return scryptSync(passphrase, base64(salt, 32), 32, { N, r, p, maxmem: 256 * N * r * p });
}

/** The 32 bytes of a generated key; null when the text is a passphrase. */
export function decodeGeneratedKey(text) {
  const characters = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  if (!/^BMC1.{56}$/.test(characters)) return null;
  demand(/^BMC1[0-9A-HJKMNP-TV-Z]{56}$/.test(characters), 'this generated key is mistyped');
  let bits = 0n;
  for (const character of characters.slice(4)) bits = bits * 32n + BigInt(CROCKFORD.indexOf(character));
  const bytes = Buffer.from(bits.toString(16).padStart(70, '0'), 'hex');
  const key = bytes.subarray(0, 32);
  const sum = createHash('sha256').update('bmcloud 1 generated key').update(key).digest();
  demand(sum.subarray(0, 3).equals(bytes.subarray(32)), 'this generated key is mistyped');
  return key;
}

function unlock(slot, secrets) {
  const what = `slot ${slot.id}`;
  demandFields(secrets, ['repository', 'x25519', 'ed25519'], what);
  const common = {
    role: slot.role,
    repository: secrets.repository,
    x25519Public: secrets.x25519,
    ed25519Public: secrets.ed25519,
  };
  return slot.role === 'push-only'
    ? pushOnly(common, slot, secrets, what)
    : owner(common, slot, secrets, what);
}

function pushOnly(common, slot, secrets, what) {
  demand(secrets.domain && !secrets.master, `${what}: not the fields of a push-only key`);
  demand(secrets.domain.toString('hex', 0, 16) === slot.domain, `${what}: the domain is not the sealed one`);
  const own = splitDomainKeys(secrets.domain.subarray(16));
  return { ...common, domainKeys: (domain) => (domain === slot.domain ? own : undefined) };
}

function owner(common, slot, secrets, what) {
  demand(secrets.master && !secrets.domain, `${what}: not the fields of an owner's key`);
  demand(slot.domain === OWNER_DOMAIN, `${what}: an owner's domain is zero`);
  const derive = (label, length) => hkdf(secrets.master, common.repository, label, length);
  const privateKey = rawPrivateKey('x25519', derive('bmcloud 1 x25519', 32));
  const signingKey = rawPrivateKey('ed25519', derive('bmcloud 1 ed25519', 32));
  demand(rawPublicKey(privateKey).equals(common.x25519Public), `${what}: the X25519 key is not the master's`);
  demand(
    rawPublicKey(signingKey).equals(common.ed25519Public),
    `${what}: the Ed25519 key is not the master's`,
  );
  const domainKeys = (domain) =>
    splitDomainKeys(
      derive(Buffer.concat([Buffer.from('bmcloud 1 domain'), Buffer.from(domain, 'hex')]), 128),
    );
  return { ...common, privateKey, domainKeys };
}

function splitDomainKeys(bytes) {
  const [authentication, id, index] = [0, 32, 64].map((start) => bytes.subarray(start, start + 32));
  return { authentication, id, index };
}

/** Checks format.json against the unlocked slot and answers its parsed members. */
export function checkFormat(bytes, keys) {
  const format = parseJson(bytes, 'bmcloud', 'format.json');
  demand(format.suite === SUITE, `format.json: unknown suite ${format.suite}`);
  const { signature, ...rest } = format;
  const signed = Buffer.concat([Buffer.from('bmcloud 1 format\0'), Buffer.from(canonicalJson(rest))]);
  demand(
    checkSignature(keys, signed, base64(signature, 64)),
    'format.json: the signature is not the owner’s',
  );
  demand(
    format.owner === keys.ed25519Public.toString('base64'),
    'format.json: another owner than the slot’s',
  );
  demand(
    format.repository === keys.repository.toString('hex'),
    'format.json: another repository than the slot’s',
  );
  const unknown = format.features.read;
  demand(unknown.length === 0, `format.json: this reader lacks the features ${unknown}`);
  return format;
}

/** True when `signature` is the owner's over `bytes`. */
export function checkSignature(keys, bytes, signature) {
  return verify(null, bytes, spki('ed25519', keys.ed25519Public), signature);
}

/** X25519 of the repository's private key and an ephemeral public key; refuses points of low order. */
export function agree(keys, ephemeral) {
  demand(keys.privateKey, 'a push-only key cannot open packs and manifests');
  try {
    const shared = diffieHellman({ privateKey: keys.privateKey, publicKey: spki('x25519', ephemeral) });
    demand(
      shared.some((byte) => byte !== 0),
      'an ephemeral key has a low order',
    );
    return shared;
  } catch (cause) {
    throw new FormatError('an ephemeral key is not valid', { cause });
  }
}

function parseJson(bytes, magic, what) {
  demand(bytes.length <= MAX_JSON, `${what}: more than 64 KiB`);
  const text = is.text(bytes);
  const parsed = JSON.parse(text);
  demand(countMembers(text) === countParsed(parsed), `${what}: a member is repeated`);
  demand(parsed?.magic === magic, `${what}: not a ${magic} file`);
  demand(parsed.version === 1, `${what}: version ${parsed.version} is not known`);
  return parsed;
}

/** How many members the text of a JSON value has: colons outside of strings. */
function countMembers(text) {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
}

/** How many members the parsed value has, at every depth. */
function countParsed(value) {
  if (value === null || typeof value !== 'object') return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum, member) => sum + countParsed(member), own);
}

function base64(text, length) {
  demand(typeof text === 'string', 'a base64 member is missing');
  const bytes = Buffer.from(text, 'base64');
  demand(bytes.toString('base64') === text, 'a member is not canonical base64');
  demand(length === undefined || bytes.length === length, `a base64 member has not ${length} bytes`);
  return bytes;
}

function rawPrivateKey(curve, raw) {
  const prefix = { x25519: '302e020100300506032b656e04220420', ed25519: '302e020100300506032b657004220420' };
  const key = Buffer.concat([Buffer.from(prefix[curve], 'hex'), raw]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function rawPublicKey(privateKey) {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
}

function spki(curve, raw) {
  const prefix = { x25519: '302a300506032b656e032100', ed25519: '302a300506032b6570032100' };
  return createPublicKey({
    key: Buffer.concat([Buffer.from(prefix[curve], 'hex'), raw]),
    format: 'der',
    type: 'spki',
  });
}
