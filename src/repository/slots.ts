import { isDeepStrictEqual } from 'node:util';
import { type BmcloudError, isBmcloudError } from '../errors.ts';
import { mapAhead } from '../flow/ahead.ts';
import { toHex } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import { readSlot, type Slot } from '../seal/slot.ts';
import type { Store } from '../store/store.ts';

/*
 * Key slots in the store, each kept twice (docs/format.md, section 4.1).
 */

/** Read at once. */
const AT_ONCE = 16;
/** No more are made. If there are more, all are read all the same: who may write to a store must not be able to close it. */
export const MAX_SLOTS = 64;

/** Writes a new slot: the spare copy first, so that a slot that counts always has one. */
export async function writeSlot(
  store: Pick<Store, 'putIfAbsent'>,
  id: Uint8Array,
  json: string,
): Promise<void> {
  const bytes = Buffer.from(json, 'utf8');
  await store.putIfAbsent(`spare/keys/${toHex(id)}`, bytes);
  await store.putIfAbsent(`keys/${toHex(id)}`, bytes);
}

/** Removes a slot: the spare copy first, or it would bring the slot back. */
export async function removeSlot(store: Pick<Store, 'delete'>, id: string): Promise<void> {
  await store.delete(`spare/keys/${id}`);
  await store.delete(`keys/${id}`);
}

/** The slots of a repository, as far as they can be read. */
export interface FoundSlots {
  /** By id. */
  slots: Slot[];
  /** Why others cannot be, in neither of their copies. */
  unreadable: BmcloudError[];
}

/** Reads all slots; one that is damaged is read from its spare copy. */
export async function readSlots(store: ReadStore): Promise<FoundSlots> {
  const found = new Map<string, Copy>();
  for (const folder of FOLDERS)
    for (const copy of await readCopies(store, folder))
      if (!found.get(copy.id)?.slot) found.set(copy.id, copy);
  const copies = [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    slots: copies.flatMap(({ slot }) => slot ?? []),
    unreadable: copies.flatMap(({ slot, problem }) => (slot || !problem ? [] : problem)),
  };
}

/** What is wrong with slots, copy by copy; one that is damaged or gone is no loss yet. */
export async function* problemsOfSlots(store: ReadStore): AsyncGenerator<{ key: string; problem: string }> {
  const ids = new Set<string>();
  for (const folder of FOLDERS) for (const id of await idsIn(store, folder)) ids.add(id);
  for (const id of ids) {
    const copies = await Promise.all(FOLDERS.map((folder) => readCopy(store, folder + id)));
    for (const [i, { problem }] of copies.entries())
      if (problem) yield { key: FOLDERS[i] + id, problem: problemOfCopy(problem) };
    const [first, spare] = copies.map(({ slot }) => slot);
    if (first && spare && !isDeepStrictEqual(first, spare))
      yield { key: FOLDERS[0] + id, problem: 'its two copies differ' };
  }
}

/** Of one of two copies. */
export function problemOfCopy({ code, message }: BmcloudError): string {
  return code === 'not-found' ? 'one of its two copies is missing' : message;
}

/** That slots are read from. */
export type ReadStore = Pick<Store, 'listNames' | 'get' | 'name'>;

/** The first copies, and the spare ones. */
export const FOLDERS = ['keys/', 'spare/keys/'];
const UNREADABLE = ['damaged', 'not-found', 'newer-format'] as const;

/** One copy of a slot, or why it cannot be read. */
interface Copy {
  id: string;
  slot?: Slot;
  problem?: BmcloudError;
}

/** All that lie in one of `FOLDERS`. */
export async function readCopies(store: ReadStore, folder: string): Promise<Copy[]> {
  const copies: Copy[] = [];
  const ids = await idsIn(store, folder);
  for await (const copy of mapAhead(ids, AT_ONCE, (id) => readCopy(store, folder + id))) copies.push(copy);
  return copies;
}

async function idsIn(store: ReadStore, folder: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of store.listNames(folder)) ids.push(id);
  return ids;
}

async function readCopy(store: ReadStore, key: string): Promise<Copy> {
  const id = key.slice(key.lastIndexOf('/') + 1);
  try {
    const slot = readSlot(Buffer.from(await store.get(key)).toString('utf8'), key);
    if (slot.id === id) return { id, slot };
    return { id, problem: damaged(key, 'it is the slot of another key') };
  } catch (error) {
    if (!isBmcloudError(error, ...UNREADABLE)) throw error;
    return { id, problem: error };
  }
}
