import { createHash } from 'node:crypto';
import { z } from 'zod/mini';
import { type BmcloudError, isBmcloudError } from '../errors.ts';
import { release } from '../flow/release.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import { equalBytes, toHex } from '../model/ids.ts';
import { packName } from '../pack/packer.ts';
import type { PackRow } from '../pack/table.ts';
import { blockRange } from '../repository/blocks.ts';
import { readLocalJson, writeLocalJson } from '../repository/local-json.ts';
import type { Repository } from '../repository/repository.ts';
import { type ChunkCheck, placesInOrder } from './chunks.ts';
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
  let number = 0;
  for (const pack of check.packs()) {
    const name = packName(pack.kind, pack.id);
    const wrong = wrongSize(sizes.get(name), pack.size);
    if (wrong !== undefined) {
      check.losePack(number, pack, wrong);
      problems.add(name, wrong);
    }
    number++;
  }
}

function wrongSize(size: number | undefined, expected: number): string | undefined {
  if (size === undefined) return 'the pack is missing';
  return size === expected
    ? undefined
    : `it has ${size} bytes instead of ${expected}: it is cut short or grown`;
}

/** A pack of the index, by the number that rows have of it. */
export interface NumberedPack {
  number: number;
  pack: PackRow;
}

/** Reads packs whole: their SHA-256, every block, every chunk. @returns bytes read */
export async function readPacks(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
  packs: NumberedPack[],
): Promise<number> {
  if (packs.length === 0) return 0;
  const counts = check.rowCounts();
  let bytesRead = 0;
  for (const group of groupsOf(packs, counts)) {
    const rows = check.rowsOf(
      group.map(({ number }) => number),
      counts,
    );
    for (const one of group) {
      throwIfInterrupted(repository.signal);
      if (check.isLost(one.number)) continue;
      bytesRead += await readPack(repository, check, problems, one.pack, rows.get(one.number));
      const progress = { files: 0, bytes: bytesRead, transferred: bytesRead };
      repository.tell({ type: 'progress', progress });
    }
  }
  return bytesRead;
}

/** Rows that are in memory at once: 26 MB. All are gone through for each group. */
const GROUP_ROWS = 500_000;

/** @param counts rows of each pack, by its number. @param most rows of a group, or those of one pack */
export function* groupsOf(
  packs: NumberedPack[],
  counts: Uint32Array,
  most = GROUP_ROWS,
): Generator<NumberedPack[]> {
  let group: NumberedPack[] = [];
  let rows = 0;
  for (const one of packs) {
    const count = counts[one.number] as number;
    if (group.length > 0 && rows + count > most) {
      yield group;
      group = [];
      rows = 0;
    }
    group.push(one);
    rows += count;
  }
  if (group.length > 0) yield group;
}

async function readPack(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
  pack: PackRow,
  rows: Uint8Array = new Uint8Array(0),
): Promise<number> {
  const name = packName(pack.kind, pack.id);
  const bytes = await repository.store.get(name);
  const hash = new Uint8Array(createHash('sha256').update(bytes).digest());
  if (!equalBytes(pack.hash, UNKNOWN_HASH) && !equalBytes(pack.hash, hash)) {
    problems.add(name, 'its SHA-256 is not what it was when it was stored');
  }
  checkRows(repository, check, problems, { pack, rows, bytes });
  const { length } = bytes;
  release(bytes);
  return length;
}

/** Every row of a pack; a block is opened once. */
function checkRows(
  { blocks }: Repository,
  check: ChunkCheck,
  problems: Problems,
  { pack, rows, bytes }: { pack: PackRow; rows: Uint8Array; bytes: Uint8Array },
): void {
  let opened: { block: number; bytes: Uint8Array | BmcloudError } | undefined;
  for (const { id, place } of placesInOrder(rows)) {
    if (opened?.block !== place.block) {
      if (opened?.bytes instanceof Uint8Array) release(opened.bytes);
      const { start, end } = blockRange(place);
      opened = {
        block: place.block,
        bytes: attempt(() => blocks.open(pack, place, bytes.subarray(start, end))),
      };
    }
    const block = opened.bytes;
    const chunk = block instanceof Uint8Array ? attempt(() => blocks.take(block, pack, place, id)) : block;
    if (chunk instanceof Uint8Array) continue;
    check.loseRow(id, place, pack, chunk.message);
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
  packs: NumberedPack[];
  /** Tells that they were: the next run goes on behind them. */
  done(): Promise<void>;
}

/** The packs whose turn it is: this share of all bytes, going on where the last run stopped. */
export async function nextPacks(repository: Repository, check: ChunkCheck, percent: number): Promise<Turn> {
  const order = numbered(check).map((one) => ({ ...one, id: toHex(one.pack.id) }));
  order.sort((a, b) => (a.id < b.id ? -1 : 1));
  const path = repository.statePath('verify.json');
  const after = (await readLocalJson(path, rotation))?.after ?? '';
  const first = order.findIndex(({ id }) => id > after);
  const turned = first === -1 ? order : [...order.slice(first), ...order.slice(0, first)];
  const wanted = (order.reduce((sum, { pack }) => sum + pack.size, 0) * percent) / 100;
  const packs: typeof order = [];
  for (let bytes = 0; bytes < wanted && packs.length < turned.length; ) {
    const next = turned[packs.length] as (typeof order)[number];
    packs.push(next);
    bytes += next.pack.size;
  }
  const last = packs.at(-1);
  const done = async () => {
    if (last) await writeLocalJson(path, { after: last.id });
  };
  return { packs, done };
}

/** All packs of the index. */
export function numbered(check: ChunkCheck): NumberedPack[] {
  return Array.from(check.packs(), (pack, number) => ({ number, pack }));
}
