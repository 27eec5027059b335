import { createHash } from 'node:crypto';
import { z } from 'zod/mini';
import { type BmcloudError, isBmcloudError } from '../errors.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import { equalBytes, toHex } from '../model/ids.ts';
import { packName } from '../pack/packer.ts';
import { placeAt, ROW_BYTES } from '../pack/row.ts';
import { blockRange } from '../repository/blocks.ts';
import { readLocalJson, writeLocalJson } from '../repository/local-json.ts';
import type { Repository } from '../repository/repository.ts';
import type { ChunkCheck } from './chunks.ts';
import type { Problems } from './problems.ts';

const UNKNOWN_HASH = new Uint8Array(32);

/** Compares the packs that the index names with those that are there. */
export async function checkPacksPresent(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
): Promise<void> {
  const sizes = new Map<string, number>();
  for await (const { key, size } of repository.store.list('packs/')) sizes.set(key, size);
  check.table.packs.forEach((pack, number) => {
    const name = packName(pack.kind, pack.id);
    const size = sizes.get(name);
    const wrong =
      size === undefined
        ? 'the pack is missing'
        : `it has ${size} bytes instead of ${pack.size}: it is cut short or grown`;
    if (size === pack.size) return;
    check.losePack(number, wrong);
    problems.add(name, wrong);
  });
}

/** Reads packs whole: their SHA-256, every block, every chunk. @returns bytes read */
export async function readPacks(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
  numbers: number[],
): Promise<number> {
  const rows = rowsByPack(check);
  let bytesRead = 0;
  for (const number of numbers) {
    throwIfInterrupted(repository.signal);
    if (check.isLost(number)) continue;
    bytesRead += await readPack(repository, check, problems, { number, rows: rows.get(number) ?? [] });
    repository.tell({ type: 'progress', progress: { files: 0, bytes: bytesRead, transferred: bytesRead } });
  }
  return bytesRead;
}

function rowsByPack({ table }: ChunkCheck): Map<number, number[]> {
  const byPack = new Map<number, number[]>();
  for (let at = 0; at < table.rows.length; at += ROW_BYTES) {
    const { pack } = placeAt(table.rows, at);
    const rows = byPack.get(pack);
    if (rows) rows.push(at);
    else byPack.set(pack, [at]);
  }
  return byPack;
}

async function readPack(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
  { number, rows }: { number: number; rows: number[] },
): Promise<number> {
  const pack = check.pack(number);
  const name = packName(pack.kind, pack.id);
  const bytes = await repository.store.get(name);
  const hash = new Uint8Array(createHash('sha256').update(bytes).digest());
  if (!equalBytes(pack.hash, UNKNOWN_HASH) && !equalBytes(pack.hash, hash)) {
    problems.add(name, 'its SHA-256 is not what it was when it was stored');
  }
  checkRows(repository, check, problems, { number, rows, bytes });
  return bytes.length;
}

/** Every row of a pack; a block is opened once. */
function checkRows(
  { blocks }: Repository,
  check: ChunkCheck,
  problems: Problems,
  { number, rows, bytes }: { number: number; rows: number[]; bytes: Uint8Array },
): void {
  const pack = check.pack(number);
  const inOrder = rows.toSorted(
    (a, b) => placeAt(check.table.rows, a).block - placeAt(check.table.rows, b).block,
  );
  let opened: { block: number; bytes: Uint8Array | BmcloudError } | undefined;
  for (const at of inOrder) {
    const place = placeAt(check.table.rows, at);
    if (opened?.block !== place.block) {
      const { start, end } = blockRange(place);
      opened = {
        block: place.block,
        bytes: attempt(() => blocks.open(pack, place, bytes.subarray(start, end))),
      };
    }
    const block = opened.bytes;
    const id = check.table.rows.subarray(at, at + 32);
    const chunk = block instanceof Uint8Array ? attempt(() => blocks.take(block, pack, place, id)) : block;
    if (chunk instanceof Uint8Array) continue;
    check.loseRow(at, number, chunk.message);
    problems.add(packName(pack.kind, pack.id), chunk.message);
  }
}

function attempt(read: () => Uint8Array): Uint8Array | BmcloudError {
  try {
    return read();
  } catch (error) {
    if (isBmcloudError(error, 'damaged')) return error;
    throw error;
  }
}

const rotation = z.object({ after: z.string() });

/** Packs that are read in one run. */
export interface Turn {
  numbers: number[];
  /** Tells that they were: the next run goes on behind them. */
  done(): Promise<void>;
}

/** The packs whose turn it is: this share of all bytes, going on where the last run stopped. */
export async function nextPacks(
  repository: Repository,
  { table }: ChunkCheck,
  percent: number,
): Promise<Turn> {
  const order = table.packs.map((pack, number) => ({ number, id: toHex(pack.id), size: pack.size }));
  order.sort((a, b) => (a.id < b.id ? -1 : 1));
  const path = repository.statePath('verify.json');
  const after = (await readLocalJson(path, rotation))?.after ?? '';
  const first = order.findIndex(({ id }) => id > after);
  const turned = first === -1 ? order : [...order.slice(first), ...order.slice(0, first)];
  const wanted = (order.reduce((sum, { size }) => sum + size, 0) * percent) / 100;
  const chosen: typeof order = [];
  for (let bytes = 0; bytes < wanted && chosen.length < turned.length; ) {
    const next = turned[chosen.length] as (typeof order)[number];
    chosen.push(next);
    bytes += next.size;
  }
  const last = chosen.at(-1);
  const done = async () => {
    if (last) await writeLocalJson(path, { after: last.id });
  };
  return { numbers: chosen.map(({ number }) => number), done };
}
