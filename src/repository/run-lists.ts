import { mapAhead } from '../flow/ahead.ts';
import { decodeRunItems, encodeRunItem, encodeRunList } from '../manifest/manifest.ts';
import { segments } from '../manifest/segments.ts';
import { decodeItems, encodeItem, type List, type ListItem } from '../model/entry.ts';
import type { Run } from '../model/run.ts';
import type { RunItem, RunList } from '../model/snapshot.ts';
import { damaged, Writer } from '../model/wire.ts';

/*
 * Lists that outgrow a record: runs of entries in segments, and chunk lists of large files (docs/format.md, sections 7 and 8).
 */

/** Reads a chunk by its id. */
export type ReadChunk = (id: Uint8Array) => Promise<Uint8Array>;
/** Stores a chunk of metadata unless it is known. @returns its id */
export type WriteChunk = (bytes: Uint8Array) => Promise<Uint8Array>;

const AHEAD = 4;
const MAX_RUN_LIST = 64 * 1024;
/** A list chunk has at least so many, however long their paths are: or a list would never get shorter. */
const LEAST_RUN_ITEMS = 8;
const MAX_ITEMS = 256;
const MAX_ITEMS_A_CHUNK = 2048;

/** The entries of a run that lies in segments. */
export async function* readRun(list: RunList, read: ReadChunk): AsyncGenerator<Uint8Array> {
  for await (const segment of mapAhead(await runItems(list, read), AHEAD, (item) => read(item.id)))
    yield segment;
}

/** The segments of a run list. */
export async function runItems(list: RunList, read: ReadChunk): Promise<RunItem[]> {
  let { items } = list;
  for (let depth = list.depth; depth > 0; depth--) {
    const lower: RunItem[] = [];
    for await (const bytes of mapAhead(items, AHEAD, (item) => read(item.id)))
      lower.push(...decodeRunItems(bytes));
    items = lower;
  }
  return items;
}

/** Stores a run in segments, of which most are known when little has changed. */
export async function writeRun(run: Run, gear: Uint32Array, write: WriteChunk): Promise<RunList> {
  const items: RunItem[] = [];
  for await (const { bytes, firstPath } of segments(run, gear)) {
    items.push({ length: bytes.length, id: await write(bytes), firstPath });
  }
  let list: RunList = { depth: 0, items };
  while (list.items.length > 1 && encodeRunList(list).length > MAX_RUN_LIST) list = await raise(list, write);
  return list;
}

async function raise({ depth, items }: RunList, write: WriteChunk): Promise<RunList> {
  const higher: RunItem[] = [];
  const writer = new Writer(MAX_RUN_LIST);
  let firstPath: Uint8Array | undefined;
  let held = 0;
  const flush = async () => {
    if (!firstPath) return;
    const bytes = writer.take();
    higher.push({ length: bytes.length, id: await write(bytes), firstPath });
    firstPath = undefined;
    held = 0;
  };
  for (const item of items) {
    const isFull = writer.length + 64 + item.firstPath.length > MAX_RUN_LIST;
    if (isFull && held >= LEAST_RUN_ITEMS) await flush();
    firstPath ??= item.firstPath;
    encodeRunItem(writer, item);
    held++;
  }
  await flush();
  return { depth: depth + 1, items: higher };
}

/** The chunks and holes of a stream. @throws `damaged` when the list is longer than `size` allows */
export async function listItems(list: List, read: ReadChunk): Promise<ListItem[]> {
  let { items } = list;
  for (let depth = list.depth; depth > 0; depth--) {
    const lower: ListItem[] = [];
    for await (const bytes of mapAhead(items, AHEAD, (item) => read(idOf(item))))
      lower.push(...decodeItems(bytes));
    items = lower;
  }
  return items;
}

function idOf(item: ListItem): Uint8Array {
  if (!item.id) throw damaged('a chunk list', 'it has a hole where a chunk should be');
  return item.id;
}

/** Makes the list of a stream: short ones as they are, long ones in chunks that are cut where the content says. */
export async function writeList(flat: List, write: WriteChunk): Promise<List> {
  let list = flat;
  while (list.items.length > MAX_ITEMS) list = await raiseList(list, write);
  return list;
}

async function raiseList({ depth, items }: List, write: WriteChunk): Promise<List> {
  const higher: ListItem[] = [];
  const writer = new Writer(MAX_ITEMS_A_CHUNK * 36);
  let held = 0;
  for (const [i, item] of items.entries()) {
    encodeItem(writer, item);
    held++;
    const cuts = item.id?.[0] === 0 || held === MAX_ITEMS_A_CHUNK || i === items.length - 1;
    if (!cuts) continue;
    const bytes = writer.take();
    held = 0;
    higher.push({ length: bytes.length, id: await write(bytes) });
  }
  return { depth: depth + 1, items: higher };
}
