import { randomFillSync } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROW_BYTES, writeRow } from '../../src/pack/row.ts';
import { emptyTable, encodeTable, type PackRow, type Table } from '../../src/pack/table.ts';
import { KnownChunks } from '../../src/repository/known-chunks.ts';
import { TableFile } from '../../src/repository/table-file.ts';
import { mergedParts } from '../../src/repository/table-merge.ts';
import { partsOf, writeTableFile } from '../../src/repository/table-writer.ts';

/*
 * An index of as many chunks as asked for, in the files that a machine keeps of it: how large it is, how long it takes to open and
 * check, what a look-up costs, in memory and time.
 */

/** Made in memory at once, and merged then, as a machine does that reads the index for the first time. */
const ROWS_A_FILE = 1_048_576;
/** Of 512 KiB in a pack of 32 MiB. */
const CHUNKS_A_PACK = 64;
const LOOK_UPS = 20_000;

export interface IndexFigures {
  rows: number;
  /** On this machine's disk. */
  bytes: number;
  mergeSeconds: number;
  /** Of the same rows as an index object before sealing: hashes do not compress. */
  objectBytes: number;
  openSeconds: number;
  /** What a push pays once before it first looks something up. */
  checkSeconds: number;
  hitMicroseconds: number;
  missMicroseconds: number;
  memoryMiB: number;
}

/** Writes an index to an empty directory, and some of its ids beside it. */
export async function makeIndex(
  directory: string,
  rows: number,
): Promise<Pick<IndexFigures, 'objectBytes' | 'mergeSeconds'>> {
  const some: Uint8Array[] = [];
  const count = Math.ceil(rows / ROWS_A_FILE);
  const paths = Array.from({ length: count }, (_, file) => join(directory, `${file}.part`));
  let objectBytes = 0;
  for (const [file, path] of paths.entries()) {
    const here = Math.min(ROWS_A_FILE, rows - file * ROWS_A_FILE);
    const table = makeTable(here);
    const every = Math.max(1, Math.floor((here * count) / LOOK_UPS));
    for (let row = 0; row < here; row += every)
      some.push(table.rows.slice(row * ROW_BYTES, row * ROW_BYTES + 32));
    objectBytes += encodeTable(table).length;
    await writeTableFile(path, partsOf(table));
  }
  writeFileSync(join(directory, 'some'), Buffer.concat(shuffled(some)));
  const begun = performance.now();
  const files = paths.map((path) => new TableFile(path));
  await writeTableFile(join(directory, 'all.table'), mergedParts(files, emptyTable.refined));
  const mergeSeconds = (performance.now() - begun) / 1000;
  for (const file of files) file.close();
  for (const path of paths) rmSync(path);
  return { objectBytes, mergeSeconds };
}

/** In another process than the one that made it, for the sake of memory. */
export function measureIndex(directory: string): Omit<IndexFigures, 'rows' | 'objectBytes' | 'mergeSeconds'> {
  const path = join(directory, 'all.table');
  const ids = readFileSync(join(directory, 'some'));
  const some = Array.from({ length: ids.length / 32 }, (_, i) => ids.subarray(i * 32, i * 32 + 32));
  const [openSeconds, opened] = timed(() => new TableFile(path));
  const [checkSeconds] = timed(() => opened.check());
  const known = new KnownChunks([opened]);
  const hitMicroseconds = lookUps(some, known, true);
  const strangers = Array.from(some, () => randomFillSync(new Uint8Array(32)));
  const missMicroseconds = lookUps(strangers, known, false);
  const memoryMiB = process.resourceUsage().maxRSS / 1024;
  known.close();
  return {
    bytes: statSync(path).size,
    openSeconds,
    checkSeconds,
    hitMicroseconds,
    missMicroseconds,
    memoryMiB,
  };
}

/** Ids that ascend evenly and are random otherwise, as those of chunks are. */
function makeTable(count: number): Table {
  const rows = randomFillSync(new Uint8Array(count * ROW_BYTES));
  const view = new DataView(rows.buffer);
  for (let row = 0; row < count; row++) {
    const at = row * ROW_BYTES;
    view.setUint32(at, Math.floor((row * 2 ** 32) / count));
    const block = (row % CHUNKS_A_PACK) * 128;
    const place = {
      pack: Math.floor(row / CHUNKS_A_PACK),
      block,
      blockLength: 128,
      offset: 0,
      length: 500_000,
    };
    writeRow(rows, at, rows.slice(at, at + 32), place);
  }
  const packs = Array.from({ length: Math.ceil(count / CHUNKS_A_PACK) }, randomPack);
  return { ...emptyTable, packs, rows };
}

function randomPack(): PackRow {
  const bytes = (length: number) => randomFillSync(new Uint8Array(length));
  const [id, domain] = [bytes(16), new Uint8Array(16)];
  const size = 34 * 1024 ** 2;
  return { id, domain, kind: 'data', size, hash: bytes(32), ephemeral: bytes(32), commitment: bytes(32) };
}

function lookUps(ids: Uint8Array[], known: KnownChunks, isThere: boolean): number {
  const [seconds, found] = timed(() => ids.filter((id) => known.has(id)).length);
  if (found !== (isThere ? ids.length : 0)) throw new Error(`${found} of ${ids.length} chunks were found`);
  return (seconds / ids.length) * 1e6;
}

function timed<T>(act: () => T): [number, T] {
  const begun = performance.now();
  const result = act();
  return [(performance.now() - begun) / 1000, result];
}

function shuffled<T>(all: T[]): T[] {
  for (let i = all.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    [all[i], all[other]] = [all[other] as T, all[i] as T];
  }
  return all;
}
