// Section 5 of docs/format.md: headers, object keys, frames and payloads.
import { zstdDecompressSync } from 'node:zlib';
import { Cursor, demand, FormatError } from './bytes.mjs';
import { agree, hkdf, openGcm, sameSecret } from './keys.mjs';

export const HEADER_LENGTH = 88;
export const TYPE = { dataPack: 1, metaPack: 2, index: 3, manifest: 4, directory: 5, ownerRecord: 6 };
export const FRAME = {
  block: { kind: 1, final: 0, unit: 4096, limit: 16 * 2 ** 20 },
  directory: { kind: 2, final: 1, unit: 512, limit: 256 * 2 ** 20 },
  index: { kind: 3, final: 1, unit: 512, limit: 256 * 2 ** 20 },
  manifest: { kind: 4, final: 1, unit: 512, limit: 4 * 2 ** 20 },
};
const OVERHEAD = 9 + 16;

/** The 88 bytes every object begins with: {type, domain (hex), salt (or ephemeral public key), commitment}. */
export function parseHeader(bytes, type, name) {
  const cursor = new Cursor(bytes.subarray(0, HEADER_LENGTH));
  demand(cursor.take(4).toString('latin1') === 'BMC1', `${name}: does not begin with BMC1`);
  demand(cursor.u8() === type, `${name}: not an object of type ${type}`);
  demand(cursor.take(3).equals(Buffer.alloc(3)), `${name}: the reserved bytes of the header are not zero`);
  return {
    type,
    domain: cursor.take(16).toString('hex'),
    salt: cursor.take(32),
    commitment: cursor.take(32),
  };
}

/** The key of a pack's blocks or of a manifest, checked against the header's commitment. */
export function sealedToOwner(keys, name, header) {
  const { authentication } = keysOfDomain(keys, header.domain, name);
  const bind = Buffer.concat([header.salt, keys.x25519Public]);
  return committed(keys, name, header, agree(keys, header.salt), authentication, bind);
}

/** The key of an index object or of a pack's directory, checked against the commitment beside the salt. */
export function sealedToDomain(keys, name, header) {
  const { index } = keysOfDomain(keys, header.domain, name);
  return committed(keys, name, header, index, header.salt, Buffer.alloc(0));
}

function keysOfDomain(keys, domain, name) {
  const own = keys.domainKeys(domain);
  demand(own, `${name}: no keys of the domain ${domain}`);
  return own;
}

function committed(keys, name, header, ikm, salt, bind) {
  demand(name.length < 128, `${name}: a key name of 128 bytes or more`);
  const label = Buffer.from('bmcloud 1 object\0');
  const position = Buffer.from([header.type, name.length]);
  const info = Buffer.concat([label, keys.repository, position, Buffer.from(name), bind]);
  const both = hkdf(ikm, salt, info, 64);
  demand(sameSecret(both.subarray(32), header.commitment), `${name}: another commitment`);
  return both.subarray(0, 32);
}

/** Opens a frame and decodes its payload. `counter` is 0 but for blocks. */
export function openFrame(key, frame, counter, sealed, what) {
  demand(
    sealed.length > 0 && sealed.length % frame.unit === 0,
    `${what}: not a multiple of ${frame.unit} bytes`,
  );
  demand(sealed.length <= frame.limit + OVERHEAD + frame.unit, `${what}: a frame of ${sealed.length} bytes`);
  const nonce = Buffer.alloc(12);
  nonce[0] = frame.kind;
  nonce[1] = frame.final;
  nonce.writeBigUInt64LE(BigInt(counter), 4);
  return decodePayload(openGcm(key, nonce, sealed, Buffer.alloc(0), what), frame, what);
}

function decodePayload(payload, frame, what) {
  const cursor = new Cursor(payload);
  const codec = cursor.u8();
  const decodedLength = cursor.u32();
  demand(decodedLength <= frame.limit, `${what}: ${decodedLength} bytes are more than a payload may have`);
  const encoded = cursor.take(cursor.u32());
  const padding = cursor.rest();
  demand(padding.length < frame.unit, `${what}: more padding than is needed`);
  demand(
    padding.every((byte) => byte === 0),
    `${what}: the padding is not zero`,
  );
  const decoded = decode(codec, encoded, decodedLength, what);
  demand(decoded.length === decodedLength, `${what}: the decoded length is wrong`);
  return decoded;
}

function decode(codec, encoded, decodedLength, what) {
  if (codec === 0) return encoded;
  demand(codec === 1, `${what}: unknown codec ${codec}`);
  demand(zstdFrameLength(encoded) === encoded.length, `${what}: not exactly one zstd frame`);
  try {
    return zstdDecompressSync(encoded, { maxOutputLength: Math.max(decodedLength, 1) });
  } catch (cause) {
    throw new FormatError(`${what}: the zstd frame does not decode to ${decodedLength} bytes`, { cause });
  }
}

/** The length of the first zstd frame (RFC 8878, section 3.1.1). */
function zstdFrameLength(bytes) {
  const cursor = new Cursor(bytes);
  demand(cursor.u32() === 0xfd2fb528, 'not a zstd frame');
  const descriptor = cursor.u8();
  const singleSegment = (descriptor >> 5) & 1;
  demand((descriptor & 3) === 0, 'a zstd frame wants a dictionary');
  const sizeBytes = [singleSegment, 2, 4, 8][descriptor >> 6];
  cursor.take((singleSegment ? 0 : 1) + sizeBytes);
  for (let last = 0; !last; ) {
    const head = cursor.take(3).readUIntLE(0, 3);
    last = head & 1;
    const isRunLength = ((head >> 1) & 3) === 1;
    cursor.take(isRunLength ? 1 : head >> 3);
  }
  if (descriptor & 4) cursor.take(4);
  return cursor.position;
}
