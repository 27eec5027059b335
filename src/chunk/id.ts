import { hash } from 'node:crypto';

const HMAC_BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * The function from a chunk to its id: HMAC-SHA-256(idKey, SHA-256(chunk)), for a key of at most 64 bytes.
 * The HMAC (RFC 2104) is spelled out because one-shot hashes cost a fraction of an HMAC context, once for every chunk; and
 * digests travel as text, for a Buffer made in C++ costs more than hashing 96 bytes: 5.6 µs for a chunk of 6 KB, of 7.4.
 */
export function chunkIdWith(idKey: Uint8Array): (chunk: Uint8Array) => Uint8Array {
  const inner = padded(idKey, INNER_PAD);
  const outer = padded(idKey, OUTER_PAD);
  const id = Buffer.alloc(DIGEST_BYTES);
  return (chunk) => {
    hashInto(inner, HMAC_BLOCK_BYTES, chunk);
    hashInto(outer, HMAC_BLOCK_BYTES, inner);
    hashInto(id, 0, outer);
    return new Uint8Array(id);
  };
}

/** The first block of a hash: the key under a pad, with room for a digest behind it. */
function padded(key: Uint8Array, pad: number): Buffer {
  const block = Buffer.alloc(HMAC_BLOCK_BYTES + DIGEST_BYTES).fill(pad, 0, HMAC_BLOCK_BYTES);
  for (const [i, byte] of key.entries()) block[i] = byte ^ pad;
  return block;
}

function hashInto(target: Buffer, at: number, bytes: Uint8Array): void {
  target.write(hash('sha256', bytes, 'binary'), at, DIGEST_BYTES, 'binary');
}
