import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
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
  const body = Body as Readable;
  return ContentLength === undefined ? readToEnd(body) : readExactly(body, ContentLength, key, store);
}

async function readExactly(body: Readable, length: number, key: string, store: string): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(length); // not of the shared pool: callers transfer it to worker threads
  let filled = 0;
  releaseReads(body);
  // By events: to wait for each 64 KiB costs as much again.
  body.on('data', (piece: Uint8Array) => {
    if (filled + piece.length > length) body.destroy(unfinished(key, store, 'longer'));
    else buffer.set(piece, filled);
    filled += piece.length;
    release(piece); // the collector sees nothing of it
  });
  await finished(body);
  if (filled < length) throw unfinished(key, store, 'shorter');
  return new Uint8Array(buffer.buffer, 0, length);
}

/**
 * Node copies a body out of what it read from the socket. Left to the collector, the latter brought on a full collection for each
 * 31 MiB: a fifth of the CPU of a restore of large files.
 */
function releaseReads(body: Readable & { socket?: Socket | null }): void {
  const { socket } = body; // null once the answer has ended
  if (!socket) return;
  // Not before all that listen have had it, in whatever order.
  const read = (bytes: Uint8Array) => process.nextTick(release, bytes);
  socket.on('data', read);
  body.once('close', () => socket.off('data', read));
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
