import { BmcloudError, isBmcloudError } from '../errors.ts';
import { toHex } from '../model/ids.ts';
import type { RepositoryKeys } from '../seal/keys.ts';
import type { Secret } from '../seal/secret.ts';
import { openSlot, readSlot, type Slot } from '../seal/slot.ts';
import type { Store } from '../store/store.ts';

/*
 * Key slots in the store, each kept twice (docs/format.md, section 4.1).
 */

const MAX_SLOTS = 64;

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

/** Reads all slots; one that is damaged is read from its spare copy. @throws `damaged` when both copies of one are */
export async function readSlots(store: Pick<Store, 'listNames' | 'get' | 'name'>): Promise<Slot[]> {
  const listed = await Promise.all(['keys/', 'spare/keys/'].map((folder) => namesIn(store, folder)));
  const names = new Set(listed.flat());
  if (names.size > MAX_SLOTS) {
    throw new BmcloudError(
      'damaged',
      `${store.name} has ${names.size} keys, more than the ${MAX_SLOTS} there can be`,
    );
  }
  return await Promise.all([...names].sort().map((name) => readEither(store, name)));
}

async function namesIn(store: Pick<Store, 'listNames'>, folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.listNames(folder)) names.push(name);
  return names;
}

async function readEither(store: Pick<Store, 'get'>, name: string): Promise<Slot> {
  try {
    return await readOne(store, `keys/${name}`);
  } catch (error) {
    if (!isBmcloudError(error, 'not-found', 'damaged')) throw error;
    return await readOne(store, `spare/keys/${name}`);
  }
}

async function readOne(store: Pick<Store, 'get'>, key: string): Promise<Slot> {
  const slot = readSlot(Buffer.from(await store.get(key)).toString('utf8'), key);
  if (!key.endsWith(slot.id))
    throw new BmcloudError('damaged', `${key} is damaged: it is the slot of another key`);
  return slot;
}

/** The keys in the first slot that opens. @throws `wrong-key` */
export function unlock(slots: Slot[], secret: Secret, where: string): { keys: RepositoryKeys; slot: Slot } {
  for (const slot of slots) {
    const keys = openSlot(slot, secret);
    if (keys) return { keys, slot };
  }
  const what = secret.kind === 'passphrase' ? 'passphrase' : 'key';
  throw new BmcloudError('wrong-key', `The ${what} does not open the repository ${where}`, {
    hint:
      secret.kind === 'passphrase'
        ? 'Check the passphrase (capital letters, keyboard layout), or use the recovery key'
        : 'Check that the key file belongs to this repository, or use the passphrase',
  });
}
