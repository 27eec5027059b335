import { isUnreadable, unreadable } from '../archive/member.ts';
import { dataOf } from '../download/lengths.ts';
import { isBmcloudError } from '../errors.ts';
import { mapAhead } from '../flow/ahead.ts';
import type { PathMatcher } from '../match-paths.ts';
import { decodeEntry, type ListItem, linkKeyOf, type RawEntry, type Stat } from '../model/entry.ts';
import { checkPath, comparePaths } from '../model/path.ts';
import { type Run, RunCursor } from '../model/run.ts';
import { damaged } from '../model/wire.ts';
import { listItems, type ReadChunk } from '../repository/run-lists.ts';
import type { Item, OpenData } from './item.ts';

/** Chunks fetched ahead of the reader of a file: at most 8 MiB each, as a rule half of one. */
const AHEAD = 4;
const HOLE_PIECE = 1024 * 1024;

/** The entries of a snapshot that are meant. A path that cannot be is told, and left out. @throws `damaged` */
export async function* snapshotItems(
  state: Run,
  matcher: PathMatcher,
  read: ReadChunk,
  onRefused: (path: Uint8Array, reason: string) => void,
): AsyncGenerator<Item> {
  const cursor = new RunCursor(state, 'the state of a snapshot');
  let last: Uint8Array | undefined;
  try {
    while (cursor.advance() || (await cursor.refill())) {
      const path = cursor.path();
      if (last && comparePaths(last, path) >= 0)
        throw damaged('the state of a snapshot', 'its entries are out of order');
      last = path.slice();
      if (!matcher.matches(path)) continue;
      if (isSound(path)) yield itemOf({ path: last, stat: cursor.stat(), content: cursor.content() }, read);
      else onRefused(last, 'its path leads elsewhere or cannot be');
    }
  } finally {
    await cursor.close();
  }
}

/** Whoever unpacks the archive must not be led elsewhere by a forged path. */
function isSound(path: Uint8Array): boolean {
  try {
    checkPath(path, 'the snapshot');
    return true;
  } catch (error) {
    if (isBmcloudError(error, 'damaged')) return false;
    throw error;
  }
}

function itemOf(raw: RawEntry, read: ReadChunk): Item {
  const stat = decodeEntry(raw).stat as Stat;
  const { path } = raw;
  if (stat.type !== 'file') return { path, stat };
  const linkKey = linkKeyOf(stat);
  // The entry is a view of a batch that may be gone when the file is opened.
  const content = raw.content.slice();
  return { path, stat, ...(linkKey !== undefined && { linkKey }), open: () => openFile(stat, content, read) };
}

async function openFile(stat: Stat, content: Uint8Array, read: ReadChunk): Promise<OpenData> {
  const items = await ofOneFile(() => listItems(dataOf(stat.size, content).list, read));
  const size = items.reduce((sum, { length }) => sum + length, 0);
  return { size, pieces: piecesOf(items, read) };
}

async function* piecesOf(items: ListItem[], read: ReadChunk): AsyncGenerator<Uint8Array> {
  const load = async (item: ListItem) =>
    item.id ? await ofOneFile(() => read(item.id as Uint8Array)) : undefined;
  const lengths = items.values();
  for await (const piece of mapAhead(items, AHEAD, load)) {
    const { length } = lengths.next().value as ListItem;
    if (!piece) yield* zeros(length);
    else if (piece.length === length) yield piece;
    else throw unreadable('its data have another length than it says', 'damaged');
  }
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= HOLE_PIECE) yield new Uint8Array(Math.min(left, HOLE_PIECE));
}

/** Damage to stored bytes costs the file they belong to; a store that fails ends the export. */
async function ofOneFile<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (isUnreadable(error) || !isBmcloudError(error, 'damaged', 'not-found')) throw error;
    throw unreadable(error.message, 'damaged', error);
  }
}
