import { closeSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { BmcloudError } from '../errors.ts';

/*
 * Local files of frames: u32 length, u32 CRC-32, bytes; a frame of length 0 ends a complete file. The state of a job and its
 * journal are such files. A torn or foreign file shows, and is discarded: it is only a cache.
 */

const HEAD_BYTES = 8;
const MAX_FRAME = 256 * 1024 * 1024;

/** Appends frames. Synchronous: the bytes have left the process when `append` returns, so that SIGKILL cannot take them. */
export class FrameWriter {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'w', 0o600);
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#write(bytes);
  }

  /** Marks the file as complete, and closes it. */
  end(): void {
    this.#write(new Uint8Array(0));
    closeSync(this.#descriptor);
  }

  /** Closes the file as it is. */
  close(): void {
    closeSync(this.#descriptor);
  }

  #write(bytes: Uint8Array): void {
    const frame = Buffer.allocUnsafe(HEAD_BYTES + bytes.length);
    frame.writeUInt32LE(bytes.length, 0);
    frame.writeUInt32LE(crc32(bytes), 4);
    frame.set(bytes, HEAD_BYTES);
    for (let done = 0; done < frame.length; ) done += writeSync(this.#descriptor, frame, done);
  }
}

/**
 * The frames of a file.
 * @param torn `refuse`: an incomplete file is `damaged`; `stop`: what is whole counts, as in a journal after a crash
 */
export async function* readFrames(path: string, torn: 'refuse' | 'stop'): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    for (;;) {
      const got = await file.read(head, 0, HEAD_BYTES);
      const length = head.readUInt32LE(0);
      if (got.bytesRead === HEAD_BYTES && length === 0) return;
      const bytes = Buffer.allocUnsafe(got.bytesRead === HEAD_BYTES && length <= MAX_FRAME ? length : 0);
      const body = await file.read(bytes, 0, bytes.length);
      if (bytes.length === 0 || body.bytesRead !== length || crc32(bytes) !== head.readUInt32LE(4)) {
        if (torn === 'stop') return;
        throw damagedLocally(path);
      }
      yield bytes;
    }
  } finally {
    await file.close();
  }
}

/** A file of our own that is not what was written: nothing is lost, it can be made again. `data.local` tells it from damage in the store. */
export function damagedLocally(path: string): BmcloudError {
  return new BmcloudError('damaged', `${path} is damaged`, {
    hint: 'Delete it: it is only a cache',
    data: { local: true },
  });
}
