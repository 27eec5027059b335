import { closeSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { BmcloudError, isAbsence } from '../errors.ts';

/*
 * Local files of frames: u32 length, u32 CRC-32, bytes; a frame of length 0, with END for its sum, ends a complete file. The state of a job and its
 * journal are such files. A torn or foreign file shows, and is discarded: it is only a cache.
 */

const HEAD_BYTES = 8;
/** Not zero: after a power cut a file may have its length, and zeros for what was not written any more. */
const END = 0x1e0d_f11e;
/** Read at once: a journal has frames of 32 KiB, and a round trip to another thread for each took longer than to read it. */
const READ_BYTES = 256 * 1024;

/** Appends frames. Synchronous: the bytes have left the process when `append` returns, so that SIGKILL cannot take them. */
export class FrameWriter {
  readonly #descriptor: number;
  /** Used again and again: memory for each frame would wait for a collection, up to 64 MiB of it. */
  #frame: Buffer = Buffer.alloc(0);

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
    const length = HEAD_BYTES + bytes.length;
    if (this.#frame.length < length) this.#frame = Buffer.allocUnsafeSlow(length);
    const frame = this.#frame;
    frame.writeUInt32LE(bytes.length, 0);
    frame.writeUInt32LE(sumOf(bytes), 4);
    frame.set(bytes, HEAD_BYTES);
    for (let done = 0; done < length; ) done += writeSync(this.#descriptor, frame, done, length - done);
  }
}

/**
 * The frames of a file, as long as it is when it is opened.
 * @param torn `refuse`: an incomplete file is `damaged`; `stop`: what is whole counts, as in a journal after a crash
 */
export async function* readFrames(path: string, torn: 'refuse' | 'stop'): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw isAbsence(error) && torn === 'refuse' ? damagedLocally(path) : error;
  });
  try {
    const ahead = new BytesAhead(file, (await file.stat()).size);
    for (;;) {
      const head = ahead.take(HEAD_BYTES) ?? (await ahead.fetch(HEAD_BYTES));
      const length = head?.readUInt32LE(0);
      if (length === 0 && head?.readUInt32LE(4) === END) return;
      const bytes = length && (ahead.take(length) ?? (await ahead.fetch(length)));
      if (!bytes || sumOf(bytes) !== head?.readUInt32LE(4)) {
        if (torn === 'stop') return;
        throw damagedLocally(path);
      }
      yield bytes;
    }
  } finally {
    await file.close();
  }
}

/** A file from its beginning, many bytes at a time. */
class BytesAhead {
  readonly #file: FileHandle;
  /** Of the file, not fetched yet. */
  #left: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#left = size;
  }

  /** The next bytes, where they are at hand: a promise for each would cost more than they do. */
  take(length: number): Buffer | undefined {
    if (this.#bytes.length < length) return undefined;
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  /** The next bytes; undefined where the file has fewer. Views of what was fetched before stay what they are. */
  async fetch(length: number): Promise<Buffer | undefined> {
    const rest = this.#bytes;
    const wanted = Math.min(Math.max(length, READ_BYTES) - rest.length, this.#left);
    if (rest.length + wanted < length) return undefined;
    this.#bytes = Buffer.allocUnsafeSlow(rest.length + wanted);
    this.#bytes.set(rest);
    this.#left -= wanted;
    const { bytesRead } = await this.#file.read(this.#bytes, rest.length, wanted);
    return bytesRead < wanted ? undefined : this.take(length);
  }
}

function sumOf(bytes: Uint8Array): number {
  return bytes.length === 0 ? END : crc32(bytes);
}

/** A file of our own that is not what was written: nothing is lost, it can be made again. `data.local` tells it from damage in the store. */
export function damagedLocally(path: string): BmcloudError {
  return new BmcloudError('damaged', `${path} is damaged`, {
    hint: 'Delete it: it is only a cache',
    data: { local: true },
  });
}
