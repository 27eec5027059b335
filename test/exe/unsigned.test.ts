import { expect, test } from 'vitest';
import { withoutSignature } from '../../packaging/unsigned.mjs';

const HEADER = 0x80;
const OPTIONAL = HEADER + 24;
const SIGNATURE = OPTIONAL + 144;

/** What a program of Windows begins with, and 100 bytes of it. */
function program(signature: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(1024, 0), Buffer.alloc(100, 7), signature]);
  bytes.writeUInt32LE(HEADER, 0x3c);
  bytes.writeUInt16LE(0x20b, OPTIONAL);
  bytes.writeUInt32LE(4711, OPTIONAL + 64);
  if (signature.length > 0) {
    bytes.writeUInt32LE(1124, SIGNATURE);
    bytes.writeUInt32LE(signature.length, SIGNATURE + 4);
  }
  return bytes;
}

test('the signature goes, with all that tells of it', () => {
  const unsigned = withoutSignature(program(Buffer.alloc(16, 9)));
  const expected = program(Buffer.alloc(0));
  expected.writeUInt32LE(0, OPTIONAL + 64);
  expect(unsigned).toEqual(expected);
});

test('without a signature nothing changes', () => {
  const unsigned = program(Buffer.alloc(0));
  expect(withoutSignature(unsigned)).toEqual(unsigned);
});

test('what is not understood is left alone', () => {
  expect(() => withoutSignature(Buffer.concat([program(Buffer.alloc(16)), Buffer.alloc(1)]))).toThrow('end');
  expect(() => withoutSignature(Buffer.alloc(2000))).toThrow('64-bit');
});
