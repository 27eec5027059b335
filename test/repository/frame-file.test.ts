import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { FrameWriter, readFrames } from '../../src/repository/frame-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'bmcloud-frames-'));
const path = join(directory, 'frames');
afterAll(() => rmSync(directory, { recursive: true }));

/** What is read at once is 256 KiB: some frames are many to it, some do not fit. */
const lengths = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 30_000, max: 700_000 })),
  { maxLength: 12 },
);

function frame(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(seed);
  bytes[length - 1] = length;
  return bytes;
}

function write(frames: Uint8Array[], isWhole = true): void {
  const writer = new FrameWriter(path);
  for (const one of frames) writer.append(one);
  if (isWhole) writer.end();
  else writer.close();
}

/** All at once: what was given before must stay what it was. */
async function read(torn: 'refuse' | 'stop'): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for await (const one of readFrames(path, torn)) frames.push(one);
  return frames.map((one) => new Uint8Array(one));
}

test('frames come back as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(lengths, async (all) => {
      const frames = all.map(frame);
      write(frames);
      const back = await read('refuse');
      expect(back.map(({ length }) => length)).toEqual(all);
      expect(back.every((one, i) => Buffer.compare(one, frames[i]!) === 0)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('of a file that was cut anywhere, the whole ones count in a journal, and nothing in a state', async () => {
  await fc.assert(
    fc.asyncProperty(lengths, fc.double({ min: 0, max: 1, noNaN: true }), async (all, share) => {
      write(all.map(frame));
      const size = readFileSync(path).length;
      const kept = Math.min(size - 1, Math.floor(size * share));
      truncateSync(path, kept);
      let whole = 0;
      for (let end = 0; whole < all.length; whole++) {
        end += 8 + all[whole]!;
        if (end > kept) break;
      }
      expect((await read('stop')).map(({ length }) => length)).toEqual(all.slice(0, whole));
      await expect(read('refuse')).rejects.toMatchObject({ code: 'damaged', data: { local: true } });
    }),
    { numRuns: 50 },
  );
});

test('a journal without an end is read as far as it goes', async () => {
  write([frame(10, 1), frame(20, 2)], false);
  expect(await read('stop')).toEqual([frame(10, 1), frame(20, 2)]);
});

test('a bit that flipped ends it', async () => {
  write([frame(10, 1), frame(20, 2), frame(30, 3)]);
  const bytes = readFileSync(path);
  bytes[18 + 8 + 5]! ^= 1;
  writeFileSync(path, bytes);
  expect(await read('stop')).toEqual([frame(10, 1)]);
  await expect(read('refuse')).rejects.toMatchObject({ code: 'damaged' });
});

test('zeros in the place of what was not written are no end', async () => {
  write([frame(100, 1), frame(200, 2)]);
  const whole = readFileSync(path);
  for (const from of [0, 108]) {
    writeFileSync(path, Buffer.concat([whole.subarray(0, from), Buffer.alloc(whole.length - from)]));
    await expect(read('refuse')).rejects.toMatchObject({ code: 'damaged', data: { local: true } });
    expect(await read('stop')).toHaveLength(from === 0 ? 0 : 1);
  }
});

test('a state that is gone is made again, as one that is damaged', async () => {
  rmSync(path, { force: true });
  await expect(read('refuse')).rejects.toMatchObject({ code: 'damaged', data: { local: true } });
});

test('a length that no file has takes no memory', async () => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0xffff_fff0, 0);
  writeFileSync(path, head);
  expect(await read('stop')).toEqual([]);
});
