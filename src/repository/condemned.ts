import { toHex } from '../model/ids.ts';
import { readFields, unknownField } from '../model/record.ts';
import type { WriteKeys } from '../seal/keys.ts';
import { openOwnerRecord } from '../seal/sign.ts';
import type { Store } from '../store/store.ts';

/*
 * Condemn and pardon records (docs/format.md, section 9): which packs the owner's prune is about to delete.
 */

/** The ids (hex) of packs that a push must not rely on. @throws `damaged` for a record the owner did not sign */
export async function condemnedPacks(
  store: Pick<Store, 'list' | 'get'>,
  write: WriteKeys,
): Promise<Set<string>> {
  const condemned = new Map<string, Set<string>>();
  for await (const { key } of store.list('owner/condemn/')) {
    condemned.set(key.slice(-32), packsOf(await readRecord(store, write, key), 2));
  }
  if (condemned.size === 0) return new Set();
  for await (const { key } of store.list('owner/pardon/')) {
    const record = await readRecord(store, write, key);
    const names = condemned.get(
      toHex(record.find((field) => field.number === 2)?.value ?? new Uint8Array(0)),
    );
    for (const pack of packsOf(record, 3)) names?.delete(pack);
  }
  return new Set([...condemned.values()].flatMap((packs) => [...packs]));
}

async function readRecord(store: Pick<Store, 'get'>, write: WriteKeys, key: string) {
  const fields = readFields(openOwnerRecord(write, key, await store.get(key)), key);
  const unknown = fields.find((field) => field.critical && field.number > 3);
  if (unknown) throw unknownField(key, unknown.number);
  return fields;
}

function packsOf(fields: ReturnType<typeof readFields>, number: number): Set<string> {
  const bytes = fields.find((field) => field.number === number)?.value ?? new Uint8Array(0);
  const packs = new Set<string>();
  for (let at = 0; at + 16 <= bytes.length; at += 16) packs.add(toHex(bytes.subarray(at, at + 16)));
  return packs;
}
