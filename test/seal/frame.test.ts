import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameKinds, openFrame, sealFrame } from '../../src/seal/frame.ts';
import { flip, hex } from './known.ts';

const key = new Uint8Array(32).fill(3);
const damage = expect.objectContaining({ code: 'damaged' });
const anyKind = fc.constantFrom(...Object.values(frameKinds));

test('a frame opens to what was sealed', () => {
  fc.assert(
    fc.property(anyKind, fc.nat(), fc.uint8Array({ maxLength: 2000 }), (kind, counter, plaintext) => {
      const frame = sealFrame(key, kind, counter, plaintext);
      expect(frame.length).toBe(plaintext.length + 16);
      expect(openFrame(key, kind, counter, frame, 'x')).toEqual(plaintext);
    }),
  );
});

test.each([
  [frameKinds.block, 0x1_0203_0405, '010000000504030201000000'],
  [frameKinds.directory, 0, '020100000000000000000000'],
  [frameKinds.index, 0, '030100000000000000000000'],
  [frameKinds.manifest, 0, '040100000000000000000000'],
])('kind %i has the nonce of the format', (kind, counter, nonce) => {
  const frame = sealFrame(key, kind, counter, Buffer.from('plaintext'));
  const decipher = createDecipheriv('aes-256-gcm', key, hex(nonce)).setAuthTag(frame.subarray(-16));
  expect(decipher.update(frame.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')).toBe(
    'plaintext',
  );
});

test('every bit that is turned over shows', () => {
  const frame = sealFrame(key, frameKinds.block, 1, Buffer.from('some bytes'));
  for (let bit = 0; bit < frame.length * 8; bit++) {
    expect(() => openFrame(key, frameKinds.block, 1, flip(frame, bit), 'x'), `bit ${bit}`).toThrow(damage);
  }
});

test('a frame that is cut short or lengthened shows', () => {
  const frame = sealFrame(key, frameKinds.block, 1, Buffer.from('some bytes'));
  for (let length = 0; length < frame.length; length++) {
    expect(() => openFrame(key, frameKinds.block, 1, frame.subarray(0, length), 'x')).toThrow(damage);
  }
  expect(() => openFrame(key, frameKinds.block, 1, Buffer.concat([frame, Buffer.of(0)]), 'x')).toThrow(
    damage,
  );
});

test('a frame opens with its own key, kind and counter only', () => {
  const frame = sealFrame(key, frameKinds.block, 1, Buffer.from('some bytes'));
  expect(() => openFrame(flip(key, 0), frameKinds.block, 1, frame, 'x')).toThrow(damage);
  expect(() => openFrame(key, frameKinds.index, 1, frame, 'x')).toThrow(damage);
  expect(() => openFrame(key, frameKinds.block, 2, frame, 'x')).toThrow(damage);
});

test('a frame has memory of its own, so that it can be transferred', () => {
  const frame = sealFrame(key, frameKinds.block, 1, Buffer.from('some bytes'));
  expect(frame.byteOffset).toBe(0);
  expect(frame.buffer.byteLength).toBe(frame.length);
});
