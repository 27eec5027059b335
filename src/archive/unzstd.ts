import { createZstdDecompress } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';
import { decodedBy, passTrailing } from './decoder.ts';
import type { Warn } from './member.ts';

/**
 * What comes behind the input: a frame that decoders skip. Node.js 22 says nothing of a frame that is cut short, but it takes this for
 * the rest of it, which it cannot be: a block has at most 128 KiB, and the next one cannot begin with such bytes.
 */
const BEHIND = skippedFrame(132 * 1024);

const MAGIC = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);

/**
 * Decompresses a stream of any number of frames: a decoder of Node.js ends with the frame it is in when more input is there, so
 * that each of the next ones gets a decoder of its own.
 */
export async function* unzstd(stream: AsyncIterable<Uint8Array>, warn: Warn): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(stream);
  try {
    do yield* decodedBy(createZstdDecompress(), input, BEHIND);
    while (isFrame(await input.peek(MAGIC.length)));
    await passTrailing(input, warn);
  } finally {
    await input.close();
  }
}

/** Of data, even where its first bytes are cut short; or one to be skipped. */
function isFrame(start: Uint8Array): boolean {
  const isData = start.length > 0 && MAGIC.subarray(0, start.length).equals(start);
  return isData || (start.length === MAGIC.length && isSkipped(start));
}

function isSkipped([first = 0, ...rest]: Uint8Array): boolean {
  return first >>> 4 === 0x5 && Buffer.of(0x2a, 0x4d, 0x18).equals(Buffer.from(rest));
}

function skippedFrame(length: number): Uint8Array {
  const frame = Buffer.alloc(8 + length, 0xff);
  frame.writeUInt32LE(0x184d_2a50, 0);
  frame.writeUInt32LE(length, 4);
  return frame;
}
