import { BmcloudError, isBmcloudError } from '../errors.ts';
import { toHex } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import type { RepositoryKeys } from '../seal/keys.ts';
import type { Secret } from '../seal/secret.ts';
import { openSlot, type Slot } from '../seal/slot.ts';
import { FOLDERS, type ReadStore, readCopies } from './slots.ts';

/** What a secret opened. */
export interface Unlocked {
  keys: RepositoryKeys;
  slot: Slot;
}

/**
 * The keys in the first slot that opens. Slots that cannot be read, and first copies that do not open, are passed over: whoever has a
 * good key gets in.
 * @param repository its id, hexadecimal: an `init` that was killed, or came second, may have left slots of another
 * @throws `wrong-key`; `damaged`, `newer-format` when that may be the reason
 */
export async function unlock(store: ReadStore, secret: Secret, repository: string): Promise<Unlocked> {
  const tried = new Set<string>();
  const unreadable: BmcloudError[] = [];
  let foreign: Unlocked | undefined;
  let changed: BmcloudError | undefined;
  for (const folder of FOLDERS) {
    for (const { slot, problem } of await readCopies(store, folder)) {
      if (problem) unreadable.push(problem);
      // Nobody waits twice for scrypt.
      if (!slot || tried.has(JSON.stringify(slot))) continue;
      tried.add(JSON.stringify(slot));
      try {
        const keys = openSlot(slot, secret);
        if (keys && toHex(keys.write.repository) === repository) return { keys, slot };
        if (keys) foreign ??= { keys, slot };
      } catch (error) {
        if (!isBmcloudError(error, 'damaged', 'newer-format')) throw error;
        changed ??= error;
      }
    }
  }
  if (foreign) return foreign;
  throw changed ?? nothingOpens(store, secret, unreadable, tried.size > 0);
}

function nothingOpens(
  { name }: ReadStore,
  secret: Secret,
  unreadable: BmcloudError[],
  hasSlots: boolean,
): BmcloudError {
  const [first] = unreadable;
  const newer = unreadable.find(({ code }) => code === 'newer-format');
  if (newer) return newer;
  if (!hasSlots) return first ?? damaged(name, 'its folder "keys" is empty');
  const what = secret.kind === 'passphrase' ? 'passphrase' : 'key';
  const usual =
    secret.kind === 'passphrase'
      ? 'Check the passphrase (capital letters, keyboard layout), or use the recovery key'
      : 'Check that the key file belongs to this repository, or use the passphrase';
  return new BmcloudError('wrong-key', `The ${what} does not open the repository ${name}`, {
    hint: first ? `${usual}. It may be for a key that cannot be read: ${first.message}` : usual,
  });
}
