import { BmcloudError } from './errors.ts';
import { ID_BYTES, toHex } from './model/ids.ts';
import type { Repository } from './repository/repository.ts';
import { readSlots, removeSlot, writeSlot } from './repository/slots.ts';
import { needsOwner } from './repository/states.ts';
import { deriveDomain, type RepositoryKeys, type Role } from './seal/keys.ts';
import type { Secret } from './seal/secret.ts';
import { makeSlot, readSlot, type Slot } from './seal/slot.ts';

/** A key of the repository, without anything secret. */
export interface KeyInfo {
  /** Hexadecimal. */
  id: string;
  role: Role;
  label: string;
  /** ISO 8601. */
  created: string;
  /** It opened the repository this time. */
  current: boolean;
}

/** All keys that can be read, oldest first; of others it warns. */
export async function listKeys(repository: Repository): Promise<KeyInfo[]> {
  const { slots, unreadable } = await readSlots(repository.store);
  for (const { message } of unreadable) repository.tell({ type: 'warning', message });
  return slots.map((slot) => keyInfo(repository, slot)).sort((a, b) => (a.created < b.created ? -1 : 1));
}

function keyInfo({ keys }: Repository, { id, role, label, created }: Slot): KeyInfo {
  return { id, role, label, created, current: id === toHex(keys.slot.id) };
}

/** A secret, or how to come by it, which is asked once it is known that the key may be added. */
export type NewSecret = Secret | (() => Promise<Secret>);

/** Adds a key; a push-only one gets a domain of its own. @throws `not-allowed` for push-only keys */
export async function addKey(
  repository: Repository,
  { secret: wanted, role, label }: { secret: NewSecret; role: Role; label: string },
): Promise<KeyInfo> {
  const keys = keysFor(repository, role);
  const secret = typeof wanted === 'function' ? await wanted() : wanted;
  const { id, json } = makeSlot({ secret, role, label, keys, created: repository.now() }, repository.random);
  await writeSlot(repository.store, id, json);
  return keyInfo(repository, readSlot(json, `keys/${toHex(id)}`));
}

function keysFor({ keys, random }: Repository, role: Role): Pick<RepositoryKeys, 'write' | 'owner'> {
  const { write, owner } = keys;
  if (!owner) throw needsOwner('add keys');
  if (role !== 'push-only') return { write, owner };
  return { write: { ...write, own: deriveDomain(owner.master, write.repository, random(ID_BYTES)) } };
}

/** Which key goes. */
export interface RemoveKeyOptions {
  /** Its id or the beginning of it. */
  key: string;
  /** Asked before it is removed; without it nobody is. */
  confirm?: (chosen: KeyInfo) => Promise<boolean>;
}

/**
 * Removes a key.
 * @throws `usage` when none or several begin so, `not-allowed` for push-only keys and for the last that can read everything,
 * `interrupted` when it was not confirmed
 */
export async function removeKey(
  repository: Repository,
  { key, confirm }: RemoveKeyOptions,
): Promise<KeyInfo> {
  if (!repository.canRead) throw needsOwner('remove keys');
  const keys = await listKeys(repository);
  const chosen = chooseKey(keys, key);
  refuseLast(keys, chosen);
  if (confirm && !(await confirm(chosen)))
    throw new BmcloudError('interrupted', 'No key was removed: it was not confirmed');
  await removeSlot(repository.store, chosen.id);
  return chosen;
}

function chooseKey(keys: KeyInfo[], prefix: string): KeyInfo {
  const matching = prefix === '' ? [] : keys.filter(({ id }) => id.startsWith(prefix.toLowerCase()));
  if (matching.length === 1) return matching[0] as KeyInfo;
  const message =
    matching.length === 0
      ? `No key begins with "${prefix}"`
      : `${matching.length} keys begin with "${prefix}"`;
  throw new BmcloudError('usage', message, { hint: 'See "bmcloud key list"' });
}

/** A recovery key counts as a way in, but a repository should not live on it alone. */
function refuseLast(keys: KeyInfo[], chosen: KeyInfo): void {
  const others = keys.filter(({ id, role }) => role === 'owner' && id !== chosen.id);
  if (chosen.role !== 'owner' || others.length > 0) return;
  throw new BmcloudError('not-allowed', 'This is the last key of the owner', {
    hint: 'Add another one first: "bmcloud key add"',
  });
}

/**
 * Puts a new secret in the place of the one that opened the repository: the new slot is there before the old one goes.
 * @throws `not-allowed` for push-only keys
 */
export async function changePassphrase(
  repository: Repository,
  { secret }: { secret: NewSecret },
): Promise<KeyInfo> {
  const { id, role, label } = repository.keys.slot;
  const added = await addKey(repository, { secret, role, label });
  await removeSlot(repository.store, toHex(id));
  return added;
}
