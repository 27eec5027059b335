import { BmcloudError, isBmcloudError } from '../errors.ts';
import { toHex } from '../model/ids.ts';
import { type Field, readFields, unknownField } from '../model/record.ts';
import type { WriteKeys } from '../seal/keys.ts';
import { openOwnerRecord } from '../seal/sign.ts';
import type { Store } from '../store/store.ts';

/*
 * Condemn and pardon records (docs/format.md, section 9): which packs the owner's prune is about to delete.
 */

/** What a push must not rely on. Who reads may. */
export interface Condemned {
  /** Ids of packs, hexadecimal. */
  packs: ReadonlySet<string>;
  /** Records that say more than this program can tell: damaged, not the owner's, or of a newer one. */
  unreadable: { key: string; error: BmcloudError }[];
}

export const nothingCondemned: Condemned = { packs: new Set(), unreadable: [] };

/** Which packs the owner has condemned, and not pardoned since. @throws what stores throw */
export async function condemnedPacks(
  store: Pick<Store, 'list' | 'get'>,
  write: WriteKeys,
): Promise<Condemned> {
  const condemned = new Map<string, Set<string>>();
  const unreadable: Condemned['unreadable'] = [];
  for await (const { key } of store.list('owner/condemn/')) {
    const record = await readRecord(store, write, key);
    if (record instanceof BmcloudError) unreadable.push({ key, error: record });
    else condemned.set(key.slice(-32), packsOf(record, 2));
  }
  if (condemned.size === 0) return { packs: new Set(), unreadable };
  for await (const { key } of store.list('owner/pardon/')) {
    const record = await readRecord(store, write, key);
    // What is not known to be pardoned stays condemned.
    if (record instanceof BmcloudError) continue;
    const names = condemned.get(
      toHex(record.find((field) => field.number === 2)?.value ?? new Uint8Array(0)),
    );
    for (const pack of packsOf(record, 3)) names?.delete(pack);
  }
  return { packs: new Set([...condemned.values()].flatMap((packs) => [...packs])), unreadable };
}

async function readRecord(
  store: Pick<Store, 'get'>,
  write: WriteKeys,
  key: string,
): Promise<Field[] | BmcloudError> {
  try {
    const fields = readFields(openOwnerRecord(write, key, await store.get(key)), key);
    const unknown = fields.find((field) => field.critical && field.number > 3);
    return unknown ? unknownField(key, unknown.number) : fields;
  } catch (error) {
    if (!isBmcloudError(error, 'damaged', 'newer-format')) throw error;
    return error;
  }
}

function packsOf(fields: Field[], number: number): Set<string> {
  const bytes = fields.find((field) => field.number === number)?.value ?? new Uint8Array(0);
  const packs = new Set<string>();
  for (let at = 0; at + 16 <= bytes.length; at += 16) packs.add(toHex(bytes.subarray(at, at + 16)));
  return packs;
}
