import { hash } from 'node:crypto';

const HMAC_BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * The function from a chunk to its id: HMAC-SHA-256(idKey, SHA-256(chunk)), for a key of at most 64 bytes.
 * The HMAC (RFC 2104) is spelled out because one-shot hashes cost a fraction of an HMAC context, once for every chunk.
 */
export function chunkIdWith(idKey: Uint8Array): (chunk: Uint8Array) => Uint8Array {
  const inner = padded(idKey, INNER_PAD);
  const outer = padded(idKey, OUTER_PAD);
  return (chunk) => {
    inner.set(sha256(chunk), HMAC_BLOCK_BYTES);
    outer.set(sha256(inner), HMAC_BLOCK_BYTES);
    return new Uint8Array(sha256(outer));
  };
}

/** The first block of a hash: the key under a pad, with room for a digest behind it. */
function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(HMAC_BLOCK_BYTES + 32).fill(pad, 0, HMAC_BLOCK_BYTES);
  for (const [i, byte] of key.entries()) block[i] = byte ^ pad;
  return block;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}
