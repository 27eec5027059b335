import { availableParallelism } from 'node:os';
import { throwIfInterrupted } from '../flow/sleep.ts';
import { ThreadPool } from '../flow/thread-pool.ts';
import { workAhead } from '../flow/work-ahead.ts';
import type { ListItem } from '../model/entry.ts';
import type { HashResult, HashTask } from './hash-file.ts';
import type { Pair } from './pairs.ts';

/** Tasks large enough that handing them over costs nothing, small enough that all threads have some. */
const TASK_FILES = 128;
const TASK_BYTES = 16 * 1024 * 1024;
const MOST_THREADS = 8;

export interface HasherOptions {
  idKey?: Uint8Array;
  /** The chunks of a file of the snapshot. */
  itemsOf?: (pair: Pair) => Promise<ListItem[] | undefined>;
  signal?: AbortSignal | undefined;
}

/** Reads the files of a tree in threads; results come with their paths, in order. @throws `interrupted`, in the middle of a file, too */
export async function* hashedPairs(
  all: AsyncIterable<Pair>,
  options: HasherOptions,
): AsyncGenerator<{ pair: Pair; hashed: HashResult | undefined }> {
  const threads = Math.min(MOST_THREADS, Math.max(1, availableParallelism()));
  const file = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
  const pool = new ThreadPool<HashTask, HashResult[]>(new URL(file, import.meta.url), threads);
  const { signal } = options;
  const stop = () => void pool.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const limits = { count: threads * 4, bytes: Number.POSITIVE_INFINITY };
    const begin = (group: Pair[]) => ({ work: hashGroup(group, pool, options), bytes: 0 });
    for await (const { value: group, work } of workAhead(grouped(all), limits, begin)) {
      const results = (await work)?.values();
      for (const pair of group) yield { pair, hashed: isRead(pair) ? results?.next().value : undefined };
    }
  } catch (error) {
    throwIfInterrupted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await pool.close();
  }
}

function isRead({ disk }: Pair): boolean {
  return disk?.stat.type === 'file';
}

async function* grouped(all: AsyncIterable<Pair>): AsyncGenerator<Pair[]> {
  let group: Pair[] = [];
  let bytes = 0;
  for await (const pair of all) {
    group.push(pair);
    bytes += pair.disk?.stat.size ?? 0;
    if (group.length < TASK_FILES && bytes < TASK_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

async function hashGroup(
  group: Pair[],
  pool: ThreadPool<HashTask, HashResult[]>,
  { idKey, itemsOf }: HasherOptions,
): Promise<HashResult[]> {
  const files: HashTask['files'] = [];
  for (const pair of group.filter(isRead)) {
    const items = await itemsOf?.(pair);
    files.push({ path: pair.disk?.native as string | Buffer, ...(items && { items: items.map(owned) }) });
  }
  if (files.length === 0) return [];
  return await pool.run({ files, ...(idKey && { idKey }) });
}

/** Ids are views of much larger memory, all of which would travel with each. */
function owned({ length, id }: ListItem): ListItem {
  return id ? { length, id: new Uint8Array(id) } : { length };
}
