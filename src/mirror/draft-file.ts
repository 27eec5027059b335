import { constants, type FileHandle, open } from 'node:fs/promises';
import { timeForNode } from '../model/time.ts';
import type { Timestamp } from '../model/wire.ts';
import { isZero } from '../model/zero.ts';
import type { NativePath } from '../scan/disk.ts';
import { mirrorMode } from './judge.ts';

/** Bytes that are written at once. */
export const PIECE = 1024 * 1024;

/** A new file, written from its beginning to its end; what is nothing but zeros becomes a hole. */
export class DraftFile {
  readonly #handle: FileHandle;
  #length = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Nobody else may read it before it has its mode. */
  static async create(path: NativePath): Promise<DraftFile> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
    return new DraftFile(await open(path, flags, 0o600));
  }

  get length(): number {
    return this.#length;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > PIECE) {
      for (let at = 0; at < bytes.length; at += PIECE) await this.write(bytes.subarray(at, at + PIECE));
      return;
    }
    if (!isZero(bytes))
      for (let done = 0; done < bytes.length; )
        done += (await this.#handle.write(bytes, done, bytes.length - done, this.#length + done))
          .bytesWritten;
    this.#length += bytes.length;
  }

  skip(length: number): void {
    this.#length += length;
  }

  /** Gives it its length, mode and time. From then on it is not lost when the power is. */
  async finish({ mode, mtime }: { mode: number; mtime: Timestamp }): Promise<void> {
    await this.#handle.truncate(this.#length);
    await this.#handle.chmod(mirrorMode({ type: 'file', mode }));
    await this.#handle.utimes(timeForNode(mtime), timeForNode(mtime));
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
