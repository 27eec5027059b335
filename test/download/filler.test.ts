import { expect, test } from 'vitest';
import type { Batch } from '../../src/download/batch.ts';
import { Filler } from '../../src/download/filler.ts';
import type { Found } from '../../src/download/walk.ts';
import { Windows } from '../../src/download/windows.ts';

const MEBIBYTE = 1024 * 1024;
const found = { path: Uint8Array.of(97), stat: new Uint8Array(0) } as Found;

/** How many pieces come into each window. */
async function windowsOf(fileLengths: number[], chunk: number): Promise<number[]> {
  const windows: number[] = [];
  const note = async ({ pieces }: Batch) => {
    windows.push(pieces.length);
  };
  const filler = new Filler(new Windows(note), () => {
    throw new Error('there are no lists');
  });
  for (const length of fileLengths) {
    const items = Array.from({ length: length / chunk }, () => ({ length: chunk, id: new Uint8Array(32) }));
    await filler.add(found, { list: { depth: 0, items }, length, changed: false }, 0);
  }
  await filler.finish();
  return windows;
}

test('what lies side by side in packs, far apart in a large file, comes into one window', async () => {
  expect(await windowsOf([400 * MEBIBYTE], MEBIBYTE)).toEqual([400]);
});

test('a window has no more pieces than memory is meant for, and no more bytes than a run may lose', async () => {
  expect(
    await windowsOf(
      Array.from({ length: 10_000 }, () => 1000),
      1000,
    ),
  ).toEqual([4096, 4096, 1808]);
  expect(await windowsOf([512 * MEBIBYTE, 512 * MEBIBYTE], MEBIBYTE)).toEqual([512, 512, 0]);
});
