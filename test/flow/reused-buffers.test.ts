import { expect, test } from 'vitest';
import { ReusedBuffers } from '../../src/flow/reused-buffers.ts';

const MEBIBYTE = 1024 * 1024;

test('what is given back is used again', () => {
  const buffers = new ReusedBuffers();
  const first = buffers.take(2 * MEBIBYTE);
  expect(first.length).toBe(2 * MEBIBYTE);
  buffers.give(first);
  const second = buffers.take(1);
  expect(second.length).toBe(1);
  expect(second.buffer).toBe(first.buffer);
});

test('what is not kept gives its memory back at once', () => {
  const buffers = new ReusedBuffers();
  const taken = [1, 2, 3, 4].map((n) => buffers.take(n * MEBIBYTE));
  for (const buffer of taken) buffers.give(buffer);
  expect(taken.map(({ buffer }) => buffer.byteLength / MEBIBYTE)).toEqual([1, 2, 3, 0]);
});
