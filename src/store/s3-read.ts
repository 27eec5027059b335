import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { BmcloudError } from '../errors.ts';
import { release } from '../flow/release.ts';

/** The body of an answer, in a buffer of its own. @throws `store-unreachable` (transient) when it ends early */
export async function readBody(
  { Body, ContentLength }: GetObjectCommandOutput,
  key: string,
  store: string,
): Promise<Uint8Array> {
  if (!Body) return new Uint8Array(0);
  const pieces = Body as AsyncIterable<Uint8Array>;
  return ContentLength === undefined ? readToEnd(pieces) : readExactly(pieces, ContentLength, key, store);
}

async function readExactly(
  pieces: AsyncIterable<Uint8Array>,
  length: number,
  key: string,
  store: string,
): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(length); // not of the shared pool: callers transfer it to worker threads
  let filled = 0;
  for await (const piece of pieces) {
    if (filled + piece.length > length) throw unfinished(key, store, 'longer');
    buffer.set(piece, filled);
    filled += piece.length;
    release(piece); // 64 KiB, of which the collector sees nothing
  }
  if (filled < length) throw unfinished(key, store, 'shorter');
  return new Uint8Array(buffer.buffer, 0, length);
}

async function readToEnd(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return new Uint8Array(Buffer.concat(parts)); // a copy: `concat` may take from the shared pool
}

function unfinished(key: string, store: string, how: string): BmcloudError {
  return new BmcloudError('store-unreachable', `${store} sent a ${how} answer than it announced for ${key}`, {
    transient: true,
    data: { key },
  });
}
