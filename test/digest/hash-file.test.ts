import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chunkIdWith } from '../../src/chunk/id.ts';
import { hashFiles } from '../../src/digest/hash-file.ts';
import type { ListItem } from '../../src/model/entry.ts';

const idKey = new Uint8Array(32).fill(5);
const chunkId = chunkIdWith(idKey);
let path: string;
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-hash-'));
  path = join(directory, 'file');
});
afterAll(() => rmSync(directory, { recursive: true }));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** Data, or the length of a hole. */
const parts = fc.array(
  fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.integer({ min: 1, max: 3000 })),
  { maxLength: 6 },
);
const bytesOf = (all: (Uint8Array | number)[]) =>
  Buffer.concat(all.map((part) => (typeof part === 'number' ? new Uint8Array(part) : part)));
const itemsOf = (all: (Uint8Array | number)[]): ListItem[] =>
  all.map((part) =>
    typeof part === 'number' ? { length: part } : { length: part.length, id: chunkId(part) },
  );

test('a file is the same as its chunks and holes, and nothing else is', () => {
  fc.assert(
    fc.property(
      parts,
      fc.nat(),
      fc.constantFrom('as it is', 'changed', 'longer', 'shorter'),
      (all, at, how) => {
        const items = itemsOf(all);
        let bytes = bytesOf(all);
        if (bytes.length === 0 && how !== 'as it is' && how !== 'longer') return;
        if (how === 'changed') bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ 1;
        if (how === 'longer') bytes = Buffer.concat([bytes, Buffer.alloc(1)]);
        if (how === 'shorter') bytes = bytes.subarray(0, -1);
        writeFileSync(path, bytes);
        const expected = { sha256: sha256(bytes), size: bytes.length };
        expect(hashFiles({ files: [{ path, items }], idKey })).toEqual([
          { ...expected, same: how === 'as it is' },
        ]);
        expect(hashFiles({ files: [{ path }] })).toEqual([expected]);
      },
    ),
    { numRuns: 200 },
  );
});

test('large files, and holes longer than a piece', () => {
  const bytes = Buffer.concat([Buffer.alloc(2_500_000), Buffer.alloc(2_000_000, 'data')]);
  writeFileSync(path, bytes);
  const items = [{ length: 2_500_000 }, { length: 2_000_000, id: chunkId(bytes.subarray(2_500_000)) }];
  expect(hashFiles({ files: [{ path, items }, { path }], idKey })).toEqual([
    { sha256: sha256(bytes), size: 4_500_000, same: true },
    { sha256: sha256(bytes), size: 4_500_000 },
  ]);
});

test('one that cannot be read does not stop the others', () => {
  writeFileSync(path, 'x');
  const [gone, there] = hashFiles({ files: [{ path: join(directory, 'none') }, { path }] });
  expect(gone).toMatchObject({ failed: { code: 'ENOENT' } });
  expect(there).toMatchObject({ size: 1 });
});
