import { mapAhead } from '../flow/ahead.ts';
import { decodeItems, type List, type ListItem } from '../model/entry.ts';
import { damaged } from '../model/wire.ts';
import type { ReadChunk } from '../repository/run-lists.ts';

const AHEAD = 2;

/** The chunks and holes of a stream in order, however many: list chunks are read as they are come to. @throws `damaged` */
export async function* itemsOf({ depth, items }: List, read: ReadChunk): AsyncGenerator<ListItem> {
  if (depth === 0) {
    yield* items;
    return;
  }
  const lists = mapAhead(items, AHEAD, async ({ id }) => {
    if (!id) throw damaged('a chunk list', 'it has a hole where a chunk should be');
    return await read(id);
  });
  for await (const bytes of lists) yield* itemsOf({ depth: depth - 1, items: decodeItems(bytes) }, read);
}
