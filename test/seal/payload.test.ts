import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePayload, type PayloadOptions, padding, payloadParts } from '../../src/seal/payload.ts';

const damage = expect.objectContaining({ code: 'damaged' });
const LIMIT = 1 << 20;

function encodePayload(bytes: Uint8Array, options: PayloadOptions): Uint8Array {
  return new Uint8Array(Buffer.concat(payloadParts(bytes, options)));
}

/** A payload as somebody else might write it. */
function payload(
  codec: number,
  decoded: number,
  encodedLength: number,
  encoded: Uint8Array,
  pad = 0,
): Uint8Array {
  const head = Buffer.alloc(9);
  head.writeUInt8(codec, 0);
  head.writeUInt32LE(decoded, 1);
  head.writeUInt32LE(encodedLength, 5);
  return new Uint8Array(Buffer.concat([head, encoded, Buffer.alloc(pad)]));
}

describe('encoding', () => {
  const compressible = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 5000 }))
    .map(([piece, times]) => new Uint8Array(Buffer.concat(Array.from({ length: times }, () => piece))));
  const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 10_000 }), compressible);

  test('decodes to the same bytes, in a multiple of the padding with its tag', () => {
    fc.assert(
      fc.property(anyBytes, fc.constantFrom(...Object.values(padding)), (bytes, pad) => {
        const plain = encodePayload(bytes, { pad, level: 3 });
        expect((plain.length + 16) % pad).toBe(0);
        expect(Buffer.compare(decodePayload(plain, bytes.length, 'x'), bytes)).toBe(0);
      }),
    );
  });

  test('compresses what shrinks', () => {
    const plain = encodePayload(Buffer.from('abc'.repeat(100_000)), { pad: 4096, level: 3 });
    expect(plain[0]).toBe(1);
    expect(plain.length).toBe(4096 - 16);
  });

  test('stores what does not', () => {
    for (const length of [0, 1, 1000, 65_536, 65_537, 300_000]) {
      const bytes = randomBytes(length);
      const plain = encodePayload(bytes, { pad: 512, level: 3 });
      expect(plain[0]).toBe(0);
      expect(Buffer.compare(plain.subarray(9, 9 + length), bytes)).toBe(0);
    }
  });

  test('stores what would fill as many units of padding', () => {
    expect(encodePayload(Buffer.from('abc'.repeat(1000)), { pad: 4096, level: 3 })[0]).toBe(0);
    expect(encodePayload(Buffer.from('abc'.repeat(1000)), { pad: 512, level: 3 })[0]).toBe(1);
  });

  test('judges large inputs by their middle where compressing is slow', () => {
    const text = Buffer.alloc(100_000, 'compressible ');
    const noise = randomBytes(100_000);
    expect(encodePayload(Buffer.concat([text, noise, text]), { pad: 4096, level: 13 })[0]).toBe(0);
    expect(encodePayload(Buffer.concat([text, noise, text]), { pad: 4096, level: 12 })[0]).toBe(1);
    expect(encodePayload(Buffer.concat([noise, text, noise]), { pad: 4096, level: 13 })[0]).toBe(1);
  });
});

describe('decoding', () => {
  const text = Buffer.from('abc'.repeat(1000));
  const compressed = zstdCompressSync(text);
  const short = zstdCompressSync(Buffer.from('abc'));

  test('takes any padding of zeros', () => {
    for (const pad of [0, 1, 500, 4096, 10_000]) {
      const plain = payload(1, text.length, compressed.length, compressed, pad);
      expect(Buffer.compare(decodePayload(plain, LIMIT, 'x'), text)).toBe(0);
    }
  });

  test('refuses padding that is not zero, at each place', () => {
    for (let at = 0; at < 9000; at += 61) {
      const plain = payload(0, 3, 3, Buffer.from('abc'), 9000);
      plain[12 + at] = 1;
      expect(() => decodePayload(plain, LIMIT, 'x')).toThrow(damage);
    }
  });

  test('refuses more than the limit before it looks further', () => {
    expect(() => decodePayload(payload(0, 4, 4, Buffer.from('abcd')), 3, 'x')).toThrow(/at most 3/);
    expect(() => decodePayload(payload(1, 0xffff_ffff, 1, Buffer.of(0)), LIMIT, 'x')).toThrow(/at most/);
  });

  test('refuses data that decode to more than they say', () => {
    const bomb = zstdCompressSync(Buffer.alloc(50 << 20));
    expect(() => decodePayload(payload(1, 1000, bomb.length, bomb), LIMIT, 'x')).toThrow(damage);
  });

  test.each([
    ['a length behind the end', payload(0, 3, 4, Buffer.from('abc'))],
    ['stored bytes of another length', payload(0, 4, 3, Buffer.from('abc'))],
    ['an unknown codec', payload(2, 3, 3, Buffer.from('abc'))],
    ['too few decoded bytes', payload(1, text.length + 1, compressed.length, compressed)],
    ['too many decoded bytes', payload(1, text.length - 1, compressed.length, compressed)],
    ['a truncated frame', payload(1, text.length, compressed.length - 1, compressed.subarray(0, -1))],
    ['no frame', payload(1, 0, 0, Buffer.alloc(0))],
    [
      'bytes behind the frame',
      payload(1, text.length, compressed.length + 1, Buffer.concat([compressed, Buffer.of(0)])),
    ],
    [
      'bytes behind a short frame',
      payload(1, 3, short.length + 3, Buffer.concat([short, Buffer.from('xyz')])),
    ],
    ['two frames', payload(1, text.length, compressed.length * 2, Buffer.concat([compressed, compressed]))],
  ])('refuses %s', (_, plain) => {
    expect(() => decodePayload(plain, LIMIT, 'x')).toThrow(damage);
  });

  test('never fails in another way, whatever the bytes', () => {
    const anything = fc.tuple(fc.uint8Array({ minLength: 9, maxLength: 200 }), fc.constantFrom(0, 1, 2));
    fc.assert(
      fc.property(anything, fc.boolean(), ([bytes, codec], plausible) => {
        bytes[0] = codec;
        if (plausible) new DataView(bytes.buffer, bytes.byteOffset).setUint32(5, bytes.length - 9, true);
        try {
          decodePayload(bytes, LIMIT, 'x');
        } catch (error) {
          expect(error).toEqual(damage);
        }
      }),
    );
  });
});
