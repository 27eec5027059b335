import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gunzip } from '../../src/archive/gunzip.ts';
import { inPieces, unheard } from './members.ts';

/** What comes out before the end, or an error. */
async function read(bytes: Uint8Array, size = 5000) {
  const pieces: Uint8Array[] = [];
  const warnings: string[] = [];
  try {
    for await (const piece of gunzip(inPieces(bytes, size), (message) => warnings.push(message)))
      pieces.push(piece);
  } catch (error) {
    return { data: Buffer.concat(pieces), error, warnings };
  }
  return { data: Buffer.concat(pieces), warnings };
}

const WARNING = 'Behind the compressed data is something else, which is not read';

/** Neither all alike nor all different. */
const data = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 9) & 31));

test('members of any number and length, in pieces of any length', async () => {
  const members = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(members, fc.integer({ min: 1, max: 4000 }), async (all, size) => {
      const stream = Buffer.concat(all.map((one) => gzipSync(one)));
      const pieces: Uint8Array[] = [];
      for await (const piece of gunzip(inPieces(stream, size), unheard)) pieces.push(piece);
      expect(Buffer.concat(pieces)).toEqual(Buffer.concat(all));
    }),
    { numRuns: 200 },
  );
});

test('what lies behind members of any length is none of them', async () => {
  for (const length of [0, 1000, 16_384, 20_000, 327_680]) {
    const member = gzipSync(data.subarray(0, length));
    for (const behind of ['garbage', '\0garbage', '\x1e\x8b', '\0\0']) {
      for (const size of [100, member.length, member.length + 1, 2 ** 21]) {
        const found = await read(Buffer.concat([member, Buffer.from(behind, 'latin1')]), size);
        expect(found).toEqual({
          data: data.subarray(0, length),
          warnings: /[^\0]/.test(behind) ? [WARNING] : [],
        });
      }
    }
  }
});

test('every field that a header may have', async () => {
  const plain = gzipSync(data);
  const fields = Buffer.from('\x05\0extraname\0comment\0\xab\xcd', 'latin1');
  const header = Buffer.from(plain.subarray(0, 10));
  header[3] = 0x1e;
  expect(await read(Buffer.concat([header, fields, plain.subarray(10)]), 3)).toEqual({ data, warnings: [] });
  header[3] = 0x20;
  expect(await read(Buffer.concat([header, plain.subarray(10)]))).toHaveProperty('error.code', 'damaged');
});

test('what is cut short anywhere, or damaged, is said to be; what came before is there', async () => {
  const stream = gzipSync(data);
  for (const cut of [1, 2, 5, 11, 17, stream.length - 3, stream.length - 20, stream.length / 2]) {
    const result = await read(stream.subarray(0, stream.length - cut));
    expect(result).toHaveProperty('error');
    expect(data.subarray(0, result.data.length)).toEqual(result.data);
    if (cut <= 8) expect(result.data.length).toBe(data.length);
  }
  for (const at of [0, 2, 20, stream.length / 2, stream.length - 8, stream.length - 2]) {
    const changed = Buffer.from(stream);
    changed[Math.floor(at)] = (changed[Math.floor(at)] as number) ^ 0x14;
    expect(await read(changed)).toHaveProperty('error');
  }
  const half = Math.floor(stream.length / 2);
  const { data: found } = await read(Buffer.concat([stream, stream.subarray(0, half)]));
  expect(found.length).toBeGreaterThan(data.length * 1.4);
});

test('another length than the data have', async () => {
  const end = Buffer.from(gzipSync('data').subarray(-8));
  end.writeUInt32LE(5, 4);
  const stream = Buffer.concat([gzipSync('').subarray(0, 10), deflateRawSync('data'), end]);
  expect(await read(stream)).toMatchObject({ error: { message: expect.stringMatching(/another checksum/) } });
});
