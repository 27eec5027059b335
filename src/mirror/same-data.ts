import { type FileHandle, open } from 'node:fs/promises';
import type { NativePath } from '../scan/disk.ts';

const PIECE = 1024 * 1024;

/** Whether two files of the mirror's own have the same bytes. */
export async function sameData(one: NativePath, other: NativePath): Promise<boolean> {
  const a = await open(one);
  try {
    const b = await open(other);
    try {
      return await samePieces(a, b);
    } finally {
      await b.close();
    }
  } finally {
    await a.close();
  }
}

async function samePieces(a: FileHandle, b: FileHandle): Promise<boolean> {
  const [left, right] = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)];
  for (let at = 0; ; ) {
    const [x, y] = [await fill(a, left, at), await fill(b, right, at)];
    if (x !== y || Buffer.compare(left.subarray(0, x), right.subarray(0, y)) !== 0) return false;
    if (x < PIECE) return true;
    at += x;
  }
}

async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  for (let done = 0; ; ) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, position + done);
    done += bytesRead;
    if (bytesRead === 0 || done === buffer.length) return done;
  }
}
