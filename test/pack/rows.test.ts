import { expect, test } from 'vitest';
import { placeAt, ROW_BYTES } from '../../src/pack/row.ts';
import { Rows } from '../../src/pack/rows.ts';

const place = (offset: number) => ({ pack: 0, block: 1, blockLength: 2, offset, length: 3 });
const idOf = (number: number) => new Uint8Array(32).fill(number);
const offsetsOf = ({ bytes, count }: Rows) =>
  Array.from({ length: count }, (_, i) => placeAt(bytes, i * ROW_BYTES).offset);

test('rows come one by one or many at once, beyond the room there was', () => {
  const [rows, others] = [new Rows(), new Rows()];
  for (let i = 0; i < 100; i++) rows.add(idOf(i), place(i));
  for (let i = 100; i < 1000; i++) others.add(idOf(i), place(i));
  rows.append(others.bytes);
  expect(rows.count).toBe(1000);
  expect(offsetsOf(rows)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(rows.bytes.subarray(99 * ROW_BYTES, 99 * ROW_BYTES + 32)).toEqual(idOf(99));
});

test('the first ones are dropped, and others go on behind the rest', () => {
  const rows = new Rows();
  for (let i = 0; i < 200; i++) rows.add(idOf(i), place(i));
  rows.drop(150);
  rows.add(idOf(200), place(200));
  expect(offsetsOf(rows)).toEqual([...Array.from({ length: 50 }, (_, i) => 150 + i), 200]);
  rows.drop(rows.count);
  expect(rows.bytes).toHaveLength(0);
});
