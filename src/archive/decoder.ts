import type { InflateRaw, ZstdDecompress } from 'node:zlib';
import { systemCodeOf } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import type { Warn } from './member.ts';

const PIECE = 256 * 1024;

/**
 * What a decoder gives until its data end; what lies behind them stays in the input. What it gave before an error is handed out first.
 * @param behind what it is given where the input ends before it does
 */
export async function* decodedBy(
  decoder: InflateRaw | ZstdDecompress,
  input: ByteReader,
  behind?: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const fed = feed(decoder, input, behind);
  fed.catch((error: Error) => decoder.destroy(error));
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
  } catch (error) {
    // Iteration leaves it in the decoder.
    for (let rest = decoder.read(); rest !== null; rest = decoder.read()) yield rest as Uint8Array;
    if (!isBehindFrame(error, decoder)) throw error;
  } finally {
    decoder.destroy();
  }
  await fed;
}

/** What the decoder did not take, since its data ended before, goes back. */
async function feed(
  decoder: InflateRaw | ZstdDecompress,
  input: ByteReader,
  behind: Uint8Array | undefined,
): Promise<void> {
  let given = 0;
  for (let piece = await input.some(PIECE); piece; piece = await input.some(PIECE)) {
    given += piece.length;
    await write(decoder, piece);
    if (decoder.destroyed && !decoder.readableEnded && !isBehindFrame(decoder.errored, decoder)) return;
    const left = given - decoder.bytesWritten;
    if (left === 0) continue;
    input.unread(piece.subarray(piece.length - left));
    return;
  }
  if (behind) await write(decoder, behind);
  decoder.end();
}

/**
 * A decoder of zstd that filled its output with the last bytes of a frame looks for another one, and finds none. Before the first frame
 * it takes less than a magic number.
 */
function isBehindFrame(error: unknown, { bytesWritten }: InflateRaw | ZstdDecompress): boolean {
  return systemCodeOf(error) === 'ZSTD_error_prefix_unknown' && bytesWritten > 4;
}

/** Its errors come out where its output does; with one it never says that the piece was written. */
function write(decoder: InflateRaw | ZstdDecompress, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      decoder.off('close', done);
      resolve();
    };
    decoder.once('close', done);
    decoder.write(piece, done);
  });
}

/** Passes over what lies behind compressed data and is none: zeros fill up blocks of tapes, anything else is told. */
export async function passTrailing(input: ByteReader, warn: Warn): Promise<void> {
  if (!(await input.drain())) warn('Behind the compressed data is something else, which is not read');
}
