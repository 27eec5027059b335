import { BmcloudError } from './errors.ts';
import { fromHex, ID_BYTES, toHex } from './model/ids.ts';
import type { Repository } from './repository/repository.ts';
import { MAX_SLOTS, readSlots, removeSlot, writeSlot } from './repository/slots.ts';
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

/** Adds a key; a push-only one gets a domain of its own. @throws `not-allowed` for push-only keys, and where there are 64 */
export async function addKey(
  repository: Repository,
  { secret: wanted, role, label }: { secret: NewSecret; role: Role; label: string },
): Promise<KeyInfo> {
  const keys = keysFor(repository, role);
  await refuseMore(repository);
  const secret = typeof wanted === 'function' ? await wanted() : wanted;
  const { id, json } = makeSlot({ secret, role, label, keys, created: repository.now() }, repository.random);
  await writeSlot(repository.store, id, json);
  return keyInfo(repository, readSlot(json, `keys/${toHex(id)}`));
}

async function refuseMore({ store }: Repository): Promise<void> {
  const { slots, unreadable } = await readSlots(store);
  if (slots.length + unreadable.length < MAX_SLOTS) return;
  throw new BmcloudError('not-allowed', `The repository has ${MAX_SLOTS} keys, and can have no more`, {
    hint: 'Remove one that nobody uses: "bmcloud key list", "bmcloud key remove"',
  });
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
  await removeUnlessLast(repository, chosen);
  return chosen;
}

/**
 * Looks again: who was asked may have taken long. Two who remove each other's key at once both get theirs back. The removed one
 * itself counts for nothing: where a file that somebody reads is deleted, some systems show it until he has done.
 */
async function removeUnlessLast({ store }: Repository, chosen: KeyInfo): Promise<void> {
  const { slots } = await readSlots(store);
  refuseLast(slots, chosen);
  await removeSlot(store, chosen.id);
  const left = await readSlots(store);
  const slot = slots.find(({ id }) => id === chosen.id);
  if (!slot || chosen.role !== 'owner' || hasOther(left.slots, chosen)) return;
  await writeSlot(store, fromHex(slot.id, ID_BYTES, 'a key'), JSON.stringify(slot));
  refuseLast([], chosen);
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
function refuseLast(keys: Pick<Slot, 'id' | 'role'>[], chosen: KeyInfo): void {
  if (chosen.role !== 'owner' || hasOther(keys, chosen)) return;
  throw new BmcloudError('not-allowed', 'This is the last key of the owner', {
    hint: 'Add another one first: "bmcloud key add"',
  });
}

function hasOther(keys: Pick<Slot, 'id' | 'role'>[], chosen: KeyInfo): boolean {
  return keys.some(({ id, role }) => role === 'owner' && id !== chosen.id);
}

/**
 * Puts a new secret in the place of the one that opened the repository: the new slot is there before the old one goes.
 * @throws `not-allowed` for push-only keys, and for a recovery key, which lies on paper somewhere
 */
export async function changePassphrase(
  repository: Repository,
  { secret }: { secret: NewSecret },
): Promise<KeyInfo> {
  const { id, role, label } = repository.keys.slot;
  if (role === 'recovery') {
    throw new BmcloudError('not-allowed', 'The recovery key opened the repository, and is not replaced', {
      hint: 'For a new passphrase: "bmcloud key add"; then remove the old one: "bmcloud key remove"',
    });
  }
  const added = await addKey(repository, { secret, role, label });
  await removeSlot(repository.store, toHex(id));
  return added;
}
