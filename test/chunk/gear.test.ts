import { hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { gearTable } from '../../src/chunk/gear.ts';

test('the table is 256 little-endian numbers derived from the seed', () => {
  const seed = new Uint8Array(32).fill(1);
  const bytes = Buffer.from(hkdfSync('sha256', seed, '', 'bmcloud 1 gear', 1024));
  const table = gearTable(seed);
  expect(table.length).toBe(256);
  for (let i = 0; i < 256; i++) expect(table[i]).toBe(bytes.readUInt32LE(i * 4));
});

test('another seed has another table', () => {
  expect(gearTable(new Uint8Array(32))).not.toEqual(gearTable(new Uint8Array(32).fill(1)));
});
