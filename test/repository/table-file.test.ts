import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/model/ids.ts';
import { sortIds } from '../../src/pack/order.ts';
import { ROW_BYTES, writeRow } from '../../src/pack/row.ts';
import { concat, mergeTables, type PackRow, type Table } from '../../src/pack/table.ts';
import { TableFile } from '../../src/repository/table-file.ts';
import { mergedParts } from '../../src/repository/table-merge.ts';
import { partsOf, writeTableFile } from '../../src/repository/table-writer.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'table-file-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const bytes = (name: string, length: number) =>
  new Uint8Array(createHash('sha256').update(name).digest().subarray(0, length));

function packOf(name: string): PackRow {
  const some = bytes('some', 32);
  const id = bytes(name, 16);
  return { id, domain: id, kind: 'data', size: 1 << 20, hash: some, ephemeral: some, commitment: some };
}

const hexOf = (name: string) => toHex(packOf(name).id);

/** One pack that holds the chunks `ids`, one after the other. */
function table(name: string, ids: Uint8Array[]): Table {
  const rows = new Uint8Array(ids.length * ROW_BYTES);
  ids.forEach((id, i) => {
    writeRow(rows, i * ROW_BYTES, id, { pack: 0, block: 4096, offset: i, length: 1, blockLength: 100 });
  });
  return { packs: [packOf(name)], rows, refined: new Uint8Array(0), superseded: [] };
}

async function fileOf(...tables: Table[]): Promise<TableFile> {
  const path = join(directory, 'table');
  await writeTableFile(path, partsOf(mergeTables(tables)));
  return new TableFile(path);
}

const names = (count: number) => Array.from({ length: count }, (_, i) => bytes(`chunk ${i}`, 32));

describe('a table file', () => {
  test('finds every chunk, and nothing else, over many pages', async () => {
    const ids = names(5000);
    const file = await fileOf(table('a', ids.slice(0, 2500)), table('b', ids.slice(2500)));
    ids.forEach((id, i) => {
      const found = file.find(id);
      expect(found && toHex(found.pack.id)).toBe(hexOf(i < 2500 ? 'a' : 'b'));
      expect(found?.place.offset).toBe(i % 2500);
    });
    for (let i = 0; i < 500; i++) expect(file.find(bytes(`other ${i}`, 32))).toBeUndefined();
    file.close();
  });

  test('of more pages than are kept finds every chunk, and again when it is closed and opened', async () => {
    const pages = 530;
    const count = pages * 1260;
    const id = (i: number) =>
      new Uint8Array(32)
        .fill(7)
        .with(0, i >>> 16)
        .with(1, i >>> 8)
        .with(2, i);
    const path = join(directory, 'table');
    const all = table('a', [id(1)]);
    all.rows = new Uint8Array(count * ROW_BYTES);
    for (let i = 0; i < count; i++)
      writeRow(all.rows, i * ROW_BYTES, id(i), { pack: 0, block: 0, offset: i, length: 1, blockLength: 100 });
    await writeTableFile(path, partsOf(all));
    for (let opened = 0; opened < 2; opened++) {
      const file = new TableFile(path);
      for (let round = 0; round < 3; round++)
        for (let i = 600 * round; i < count; i += 631) expect(file.find(id(i))?.place.offset).toBe(i);
      file.close();
    }
  });

  test.each([0, 1, 2])('finds a chunk in the one pack of three that counts (%i)', async (counting) => {
    const ids = names(3000); // three rows for each: some ids lie across the border of two pages
    const file = await fileOf(table('a', ids), table('b', ids), table('c', ids));
    const wanted = hexOf('abc'.charAt(counting));
    const counts = (pack: PackRow) => toHex(pack.id) === wanted;
    for (const id of ids) expect(toHex(file.find(id, counts)?.pack.id as Uint8Array)).toBe(wanted);
    expect(file.find(ids[0] as Uint8Array, () => false)).toBeUndefined();
    file.close();
  });

  test('tells of damage wherever it is', async () => {
    const tables = [table('a', names(3000)), { ...table('b', []), refined: bytes('refined', 32) }];
    const path = join(directory, 'table');
    await writeTableFile(path, partsOf(mergeTables(tables)));
    const whole = await readFile(path);
    const used = [...Array(24).keys(), 4096, 8191, ...everyNth(8192, whole.length, 997), whole.length - 1];
    for (const place of used) {
      writeFileSync(path, whole.with(place, (whole[place] as number) ^ 1));
      expect(() => readAll(path), `byte ${place}`).toThrow(expect.objectContaining({ code: 'damaged' }));
    }
    for (const length of [0, 10, 24, 4096, 9000, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(() => readAll(path), `${length} bytes`).toThrow(expect.objectContaining({ code: 'damaged' }));
    }
    writeFileSync(path, whole);
    readAll(path);
  });
});

describe('table files, merged', () => {
  const source = fc.record({
    packs: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 4 }),
    chunks: fc.array(fc.nat({ max: 300 }), { maxLength: 400 }),
    refined: fc.uniqueArray(fc.nat({ max: 20 }), { maxLength: 5 }),
  });

  test('are what the same tables are when they are merged in memory', async () => {
    const property = fc.asyncProperty(fc.array(source, { minLength: 1, maxLength: 5 }), async (sources) => {
      const tables = sources.map(({ packs, chunks, refined }) => ({
        ...mergeTables(
          packs.map((name, i) => table(name, chunks.filter((n) => n % packs.length === i).map(chunkOf))),
        ),
        refined: sortIds(concat(refined.map(chunkOf))),
      }));
      const files: TableFile[] = [];
      for (const [i, one] of tables.entries()) {
        await writeTableFile(join(directory, `${i}`), partsOf(one));
        files.push(new TableFile(join(directory, `${i}`)));
      }
      const expected = mergeTables(tables);
      const count = await writeTableFile(join(directory, 'all'), mergedParts(files, expected.refined));
      const merged = new TableFile(join(directory, 'all'));
      expect(count).toBe(expected.rows.length / ROW_BYTES);
      expect([...merged.packs()]).toEqual(expected.packs);
      expect(Buffer.concat([...merged.rows()]).equals(expected.rows)).toBe(true);
      expect(Buffer.from(merged.refined).equals(expected.refined)).toBe(true);
      for (const file of [...files, merged]) file.close();
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

const chunkOf = (number: number) => bytes(`chunk ${number}`, 32);

function everyNth(first: number, end: number, step: number): number[] {
  return Array.from({ length: Math.ceil((end - first) / step) }, (_, i) => first + i * step);
}

function readAll(path: string): void {
  const file = new TableFile(path);
  try {
    file.check();
  } finally {
    file.close();
  }
}
