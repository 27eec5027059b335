import { type FileHandle, open } from 'node:fs/promises';
import type { ByteRange } from './store.ts';

/** All bytes of the file at `path`, in a buffer of their own. */
export async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return await readRange(file, { start: 0, end: size });
  } finally {
    await file.close();
  }
}

/** The range of an open file, in a buffer of its own; shorter when the file ends before. */
export async function readRange(file: FileHandle, { start, end }: ByteRange): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(end - start); // not of the shared pool: callers transfer it to worker threads
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return new Uint8Array(buffer.buffer, 0, filled);
}
