import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { messageOf, systemCodeOf } from '../errors.ts';
import { release } from '../flow/release.ts';
import { damaged } from '../model/wire.ts';
import { isZero } from '../model/zero.ts';
import { TAG_BYTES } from './frame.ts';

/*
 * Payloads: what is inside a frame, compressed where that helps and padded (docs/format.md, section 5.3).
 */

/** Multiples to which plaintext and tag are padded, in bytes. */
export const padding = { block: 4096, other: 512 } as const;

const HEAD_BYTES = 9;
const zeros = Buffer.alloc(padding.block);
const codecs = { stored: 0, zstd: 1 } as const;

/**
 * From this level on a sample is asked first. Below, zstd itself passes quickly over what it cannot compress: in 0.2 ms a MiB at
 * level 1, in 1.4 at 12, but in 11 at 15 and 115 at 19.
 */
const SAMPLED_LEVEL = 13;
const SAMPLE_BYTES = 64 * 1024;
/** A sample that keeps more than this share of its size speaks against compressing the rest. */
const WORTHWHILE = 0.97;

export interface PayloadOptions {
  /** Of `padding`. */
  pad: number;
  /** Of zstd, 1 … 19. */
  level: number;
}

/** Bytes as a payload, in parts, which are sealed one after the other: blocks are too large to be copied without need. */
export function payloadParts(bytes: Uint8Array, { pad, level }: PayloadOptions): Uint8Array[] {
  const compressed = level < SAMPLED_LEVEL || looksCompressible(bytes) ? compress(bytes, level) : bytes;
  const smaller = paddedLength(compressed.length, pad) < paddedLength(bytes.length, pad);
  const encoded = smaller ? compressed : bytes;
  // Of what cannot be compressed, twice the memory would wait for the collector.
  if (!smaller && compressed !== bytes) release(compressed);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(smaller ? codecs.zstd : codecs.stored, 0);
  head.writeUInt32LE(bytes.length, 1);
  head.writeUInt32LE(encoded.length, 5);
  return [head, encoded, zeros.subarray(0, paddedLength(encoded.length, pad) - HEAD_BYTES - encoded.length)];
}

/** Small inputs are simply tried; of large ones, a piece from the middle, away from headers. */
function looksCompressible(bytes: Uint8Array): boolean {
  if (bytes.length <= SAMPLE_BYTES) return true;
  const start = (bytes.length - SAMPLE_BYTES) >>> 1;
  const sample = bytes.subarray(start, start + SAMPLE_BYTES);
  return compress(sample, 1).length <= SAMPLE_BYTES * WORTHWHILE;
}

function compress(bytes: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(bytes, {
    // The output fits at once: a smaller buffer would be grown piece by piece.
    chunkSize: compressBound(bytes.length),
    pledgedSrcSize: bytes.length,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
}

/** What zstd may need for incompressible input (ZSTD_COMPRESSBOUND), rounded up. */
function compressBound(length: number): number {
  return length + (length >>> 8) + 128;
}

function paddedLength(encoded: number, pad: number): number {
  return Math.ceil((HEAD_BYTES + encoded + TAG_BYTES) / pad) * pad - TAG_BYTES;
}

/**
 * The bytes in a payload: a view of it where they were stored as they are.
 * @param limit the greatest decoded length to accept
 * @throws `damaged`, before anything large is allocated
 */
export function decodePayload(plain: Uint8Array, limit: number, what: string): Uint8Array {
  if (plain.length < HEAD_BYTES) throw damaged(what, 'it is cut short');
  const view = new DataView(plain.buffer, plain.byteOffset, HEAD_BYTES);
  const decodedLength = view.getUint32(1, true);
  const end = HEAD_BYTES + view.getUint32(5, true);
  if (decodedLength > limit)
    throw damaged(what, `it would decode to ${decodedLength} bytes, at most ${limit} may be`);
  if (end > plain.length) throw damaged(what, 'it is cut short');
  if (end < plain.length && !isZero(plain.subarray(end))) throw damaged(what, 'its padding is not zero');
  const decoded = decode(view.getUint8(0), plain.subarray(HEAD_BYTES, end), decodedLength, what);
  if (decoded.length !== decodedLength) throw damaged(what, 'it decodes to another length than it says');
  return decoded;
}

function decode(codec: number, encoded: Uint8Array, length: number, what: string): Uint8Array {
  if (codec === codecs.stored) return encoded;
  if (codec === codecs.zstd) return decompress(encoded, length, what);
  throw damaged(what, `its codec ${codec} is unknown`);
}

function decompress(encoded: Uint8Array, length: number, what: string): Uint8Array {
  // Node 22 takes nothing at all for a frame.
  if (encoded.length === 0) throw damaged(what, 'it has no compressed data');
  const { buffer, consumed } = zstdFrame(encoded, length, what);
  // node:zlib stops silently at the end of the first frame.
  if (consumed !== encoded.length) throw damaged(what, 'there are bytes behind its compressed data');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function zstdFrame(encoded: Uint8Array, length: number, what: string): { buffer: Buffer; consumed: number } {
  // Room for a byte more: of output that fills its buffer node:zlib does not know that it is all, and makes another buffer.
  const options = { chunkSize: Math.max(length + 1, 64), maxOutputLength: Math.max(length, 1), info: true };
  try {
    const { buffer, engine } = zstdDecompressSync(encoded, options) as unknown as WithInfo;
    return { buffer, consumed: engine.bytesWritten };
  } catch (error) {
    // Errors of zstd have codes; that memory ran out, for instance, does not speak against the data.
    if (systemCodeOf(error) === undefined) throw error;
    throw damaged(what, `it does not decompress (${messageOf(error)})`);
  }
}

/** What the functions of node:zlib return under `info: true`. */
interface WithInfo {
  buffer: Buffer;
  /** `bytesWritten` counts the bytes of input that were used. */
  engine: { bytesWritten: number };
}
