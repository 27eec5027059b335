import { rawEntry } from './entry-info.ts';
import { BmcloudError } from './errors.ts';
import { mapAhead } from './flow/ahead.ts';
import { throwIfInterrupted } from './flow/sleep.ts';
import { untilAborted } from './flow/until-aborted.ts';
import { manifestPaths } from './match-paths.ts';
import { decodeEntry, type Entry, type List, type ListItem } from './model/entry.ts';
import { equalBytes } from './model/ids.ts';
import type { Moment } from './model/moment.ts';
import { RunCursor } from './model/run.ts';
import type { Attendance, Repository } from './repository/repository.ts';
import { listItems } from './repository/run-lists.ts';
import { stateOf } from './repository/states.ts';
import { chooseSnapshot } from './snapshots.ts';

/** Chunks fetched ahead of the reader: at most 8 MiB each, as a rule half of one. */
const AHEAD = 4;
const HOLE_PIECE = 1024 * 1024;

/**
 * The bytes of a file in a snapshot, every chunk checked before it is given out.
 * @throws `no-snapshot`, `not-found`, `not-allowed`, `damaged`, `interrupted`; `usage` for what is no file
 */
export async function* readFile(
  opened: Repository,
  options: { at: Moment; job?: string; path: string } & Attendance,
): AsyncGenerator<Uint8Array> {
  const repository = opened.attended(options);
  const { path } = options;
  const { stored } = await chooseSnapshot(repository, options);
  const wanted = manifestPaths(path, stored.manifest.header);
  const cursor = new RunCursor(await stateOf(repository, stored), 'the state of a snapshot');
  while (cursor.advance() || (await cursor.refill())) {
    if (!wanted.some((one) => equalBytes(one, cursor.path()))) continue;
    const list = listOf(decodeEntry(rawEntry(cursor)), path);
    await cursor.close();
    yield* bytesOf(repository, list);
    return;
  }
  throw new BmcloudError('not-found', `The snapshot has no "${path}"`, {
    hint: 'See what it has with "bmcloud ls"',
  });
}

function listOf({ stat, content }: Entry, path: string): List {
  if (stat?.type === 'file' && content.list) return content.list;
  throw new BmcloudError('usage', `"${path}" is a ${stat?.type ?? 'path without data'}, not a file`, {
    hint: 'List a directory with "bmcloud ls"',
  });
}

async function* bytesOf(repository: Repository, list: List): AsyncGenerator<Uint8Array> {
  const items = await listItems(list, repository.readChunk);
  for await (const piece of mapAhead(items, AHEAD, (item) => pieceOf(repository, item))) {
    throwIfInterrupted(repository.signal);
    if (piece instanceof Uint8Array) yield piece;
    else yield* untilAborted(zeros(piece.length), repository.signal);
  }
}

async function pieceOf(repository: Repository, item: ListItem): Promise<Uint8Array | { length: number }> {
  return item.id ? await repository.readChunk(item.id) : item;
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= HOLE_PIECE) yield new Uint8Array(Math.min(left, HOLE_PIECE));
}
