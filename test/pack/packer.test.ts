import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkIdWith } from '../../src/chunk/id.ts';
import { toHex } from '../../src/model/ids.ts';
import {
  BLOCK_BYTES,
  directoryLength,
  PACK_FOOTER_BYTES,
  PACK_HEADER_BYTES,
  Packer,
  type PackSealer,
  packName,
  type TwinChunk,
} from '../../src/pack/packer.ts';
import { placeAt, ROW_BYTES } from '../../src/pack/row.ts';
import { concat, decodeTable, encodeTable, type Table } from '../../src/pack/table.ts';
import { newPackSealer, openBlockWith, packKey } from '../../src/repository/sealing.ts';
import { owner } from '../seal/known.ts';

const chunkId = chunkIdWith(owner.write.own.id);

/** Chunks that differ, and are quick to make. */
function chunk(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(seed);
  new DataView(bytes.buffer).setUint8(length - 1, seed ^ 0x55);
  return bytes;
}

function twin(bytes: Uint8Array): TwinChunk {
  const id = chunkId(bytes);
  return { id, idCopy: id.slice(), bytes: bytes.slice(), original: bytes.slice() };
}

/** Packs chunks; answers the whole object. */
function packed(chunks: Uint8Array[], sealer: PackSealer = newPackSealer(owner.write, 'data')) {
  const packer = new Packer(sealer);
  const pieces = [packer.begin().slice()];
  for (const one of chunks) for (const piece of packer.add(twin(one))) pieces.push(piece.slice());
  const { pieces: last, table } = packer.finish();
  return { bytes: concat([...pieces, ...last]), table, size: packer.size };
}

/** Every chunk of a pack by id, opened by the rows of a table. */
function opened(bytes: Uint8Array, table: Table): Map<string, Uint8Array> {
  const pack = table.packs[0]!;
  const key = packKey(owner, pack);
  const found = new Map<string, Uint8Array>();
  for (let at = 0; at < table.rows.length; at += ROW_BYTES) {
    const { block, blockLength, offset, length } = placeAt(table.rows, at);
    const start = PACK_HEADER_BYTES + block * 4096;
    const sealed = bytes.subarray(start, start + blockLength * 4096);
    const decoded = openBlockWith(key, block, sealed, 'the test');
    found.set(toHex(table.rows.subarray(at, at + 32)), decoded.slice(offset, offset + length));
  }
  return found;
}

const lengths = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 300_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1) },
);

describe('a pack', () => {
  test('gives back every chunk, from its table and from its own directory', () => {
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 12 }), (sizes) => {
        const chunks = sizes.map(chunk);
        const { bytes, table } = packed(chunks);
        const found = opened(bytes, table);
        expect([...found.keys()].sort()).toEqual(
          [...new Set(chunks.map((one) => toHex(chunkId(one))))].sort(),
        );
        for (const one of chunks) expect(Buffer.compare(found.get(toHex(chunkId(one)))!, one)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('has the size and hash that its table says, and whole blocks from end to end', () => {
    const { bytes, table, size } = packed([5000, 600_000, 500_000, BLOCK_BYTES, 7].map(chunk));
    const pack = table.packs[0]!;
    expect(bytes.length).toBe(size);
    expect(pack.size).toBe(size);
    expect(toHex(pack.hash)).toBe(createHash('sha256').update(bytes).digest('hex'));
    const blocks = new Map<number, number>();
    for (let at = 0; at < table.rows.length; at += ROW_BYTES) {
      const { block, blockLength } = placeAt(table.rows, at);
      blocks.set(block, blockLength);
    }
    expect(blocks.size).toBe(4);
    let next = 0;
    while (blocks.has(next)) next += blocks.get(next)!;
    const footer = bytes.subarray(bytes.length - PACK_FOOTER_BYTES);
    expect(PACK_HEADER_BYTES + next * 4096 + directoryLength(footer)! + PACK_FOOTER_BYTES).toBe(size);
  });

  test('lists in its directory what its table lists, without what it cannot know', () => {
    let listed: Table | undefined;
    const sealer = newPackSealer(owner.write, 'meta');
    const sealDirectory = (table: Table) => {
      listed = table;
      return sealer.sealDirectory(table);
    };
    const { table } = packed([300, 200, 100].map(chunk), { ...sealer, sealDirectory });
    const directory = decodeTable(encodeTable(listed!), 'the test');
    expect(directory.rows).toEqual(table.rows);
    expect(directory.packs).toEqual([{ ...table.packs[0]!, size: 0, hash: new Uint8Array(32) }]);
  });

  test('of no chunks is whole as well', () => {
    const { bytes, table } = packed([]);
    expect(table.rows).toHaveLength(0);
    expect(directoryLength(bytes.subarray(-PACK_FOOTER_BYTES))).toBeGreaterThan(64);
  });

  test('does not keep the chunks that it was given', () => {
    const packer = new Packer(newPackSealer(owner.write, 'data'));
    const pieces = [packer.begin().slice()];
    const one = chunk(1000, 3);
    const id = chunkId(one);
    const given = twin(one);
    packer.add(given);
    given.bytes.fill(0);
    given.original.fill(0);
    given.id.fill(0);
    const { pieces: last, table } = packer.finish();
    const found = opened(concat([...pieces, ...last]), table);
    expect(found.get(toHex(id))).toEqual(chunk(1000, 3));
  });

  test('is full at so many bytes', () => {
    const packer = new Packer(newPackSealer(owner.write, 'data'));
    packer.begin();
    packer.add(twin(chunk(BLOCK_BYTES, 4)));
    expect(packer.isFull(packer.size + 1)).toBe(false);
    expect(packer.isFull(packer.size)).toBe(true);
  });

  test('is full at 32,768 chunks, however small they are', () => {
    const packer = new Packer(newPackSealer(owner.write, 'data'));
    packer.begin();
    const tiny = twin(chunk(1, 5));
    for (let count = 1; count < 32_768; count++) packer.add(tiny);
    expect(packer.isFull(BLOCK_BYTES)).toBe(false);
    packer.add(tiny);
    expect(packer.isFull(BLOCK_BYTES)).toBe(true);
  });
});

describe('bad memory', () => {
  const damaging = (changes: Partial<PackSealer>) =>
    packed([chunk(100, 1)], { ...newPackSealer(owner.write, 'data'), ...changes });

  test('is noticed before a block goes out', () => {
    const bitFlipped = new Uint8Array(100);
    expect(() => damaging({ openBlock: () => bitFlipped })).toThrow(/does not open to what was sealed/);
  });

  test('is noticed wherever a bit flips between reading and sealing', () => {
    const parts = ['id', 'idCopy', 'bytes', 'original'] as const;
    const length = fc.constantFrom(100, BLOCK_BYTES - 1, BLOCK_BYTES);
    fc.assert(
      fc.property(fc.constantFrom(...parts), length, fc.nat(), fc.nat(7), (part, size, at, bit) => {
        const packer = new Packer(newPackSealer(owner.write, 'data'));
        packer.begin();
        packer.add(twin(chunk(50, 2)));
        const flipped = twin(chunk(size, 1));
        flipped[part][at % flipped[part].length]! ^= 1 << bit;
        expect(() => [packer.add(flipped), packer.flush()]).toThrow(/does not open to what was sealed/);
      }),
      { numRuns: 30 },
    );
  });

  test('is noticed in a block that waits to be sealed', () => {
    const packer = new Packer(newPackSealer(owner.write, 'data'));
    packer.begin();
    const waiting = twin(chunk(100, 1));
    packer.add(waiting);
    waiting.idCopy[3]! ^= 1;
    expect(() => packer.flush()).toThrow(/Nothing wrong was stored|does not open/);
  });
});

test('a footer is one or it is none', () => {
  const footer = Buffer.from([1, 2, 0, 0, ...Buffer.from('BMCE')]);
  expect(directoryLength(footer)).toBe(513);
  expect(directoryLength(footer.subarray(1))).toBeUndefined();
  expect(directoryLength(Buffer.from([1, 2, 0, 0, ...Buffer.from('BMCF')]))).toBeUndefined();
  expect(directoryLength(new Uint8Array(0))).toBeUndefined();
});

test('the key of a pack', () => {
  expect(packName('meta', new Uint8Array(16).fill(0xab))).toBe(`packs/meta/ab/${'ab'.repeat(16)}`);
});
