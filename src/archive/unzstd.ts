import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';

const PIECE = 256 * 1024;

/**
 * What comes behind the input: a frame that decoders skip. Node.js 22 says nothing of a frame that is cut short, but it takes this for
 * the rest of it, which it cannot be: a block has at most 128 KiB, and the next one cannot begin with such bytes.
 */
const BEHIND = skippedFrame(132 * 1024);

/**
 * Decompresses a stream of any number of frames: a decoder of Node.js ends with the frame it is in when more input is there, so
 * that each of the next ones gets a decoder of its own.
 */
export async function* unzstd(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(stream);
  try {
    for (let first = await input.some(PIECE); first; first = await input.some(PIECE)) {
      yield* decoded(first, input);
    }
  } finally {
    await input.close();
  }
}

async function* decoded(first: Uint8Array, input: ByteReader): AsyncGenerator<Uint8Array> {
  const decoder = createZstdDecompress();
  const fed = feed(decoder, first, input);
  fed.catch((error: Error) => decoder.destroy(error));
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
  } finally {
    decoder.destroy();
  }
  await fed;
}

/** What the decoder did not take, since its frame ended before, goes back. */
async function feed(decoder: ZstdDecompress, first: Uint8Array, input: ByteReader): Promise<void> {
  let given = 0;
  for (let piece: Uint8Array | undefined = first; piece; piece = await input.some(PIECE)) {
    given += piece.length;
    await write(decoder, piece);
    if (decoder.destroyed && !decoder.readableEnded) return;
    const left = given - decoder.bytesWritten;
    if (left === 0) continue;
    input.unread(piece.subarray(piece.length - left));
    return;
  }
  await write(decoder, BEHIND);
  decoder.end();
}

/** Its errors come out where its output does. */
function write(decoder: ZstdDecompress, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    decoder.write(piece, () => resolve());
  });
}

function skippedFrame(length: number): Uint8Array {
  const frame = Buffer.alloc(8 + length, 0xff);
  frame.writeUInt32LE(0x184d_2a50, 0);
  frame.writeUInt32LE(length, 4);
  return frame;
}
