import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/model/ids.ts';
import { mergeTables, type PackRow, ROW_BYTES, type Table, writeRow } from '../../src/pack/table.ts';
import { TableFile, writeTableFile } from '../../src/repository/table-file.ts';

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
  await writeTableFile(path, mergeTables(tables));
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
    await writeTableFile(path, all);
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

  test('tells that a page is damaged', async () => {
    (await fileOf(table('a', names(3000)))).close();
    const path = join(directory, 'table');
    const content = await readFile(path);
    content.writeUInt8(content.readUInt8(90_000) ^ 1, 90_000);
    writeFileSync(path, content);
    const file = new TableFile(path);
    expect(() => file.check()).toThrow(expect.objectContaining({ code: 'damaged' }));
    file.close();
  });
});
