import { expect, test } from 'vitest';
import { release } from '../../src/flow/release.ts';

test('memory of its own is gone', () => {
  const bytes = Buffer.allocUnsafeSlow(1000);
  const view = new Uint8Array(bytes.buffer, 9, 900);
  release(view);
  expect(bytes.length).toBe(0);
  expect(view.length).toBe(0);
});

test('memory that small Buffers share stays', () => {
  const others = Buffer.from('somebody else’s');
  for (let length = 1; length <= Buffer.poolSize; length *= 2) {
    const bytes = Buffer.allocUnsafe(length);
    const isShared = bytes.buffer.byteLength !== length;
    release(bytes);
    if (isShared) expect(bytes.length).toBe(length);
  }
  expect(others.toString()).toBe('somebody else’s');
});
