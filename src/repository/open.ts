import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod/mini';
import type { CutSizes } from '../chunk/cut.ts';
import { BmcloudError } from '../errors.ts';
import type { OnEvent } from '../model/events.ts';
import { ID_BYTES, type RandomSource, systemRandom, toHex } from '../model/ids.ts';
import { deriveOwner, type RepositoryKeys } from '../seal/keys.ts';
import { formatGeneratedKey, newGeneratedKey, type Secret } from '../seal/secret.ts';
import { makeSlot, openSlot, readSlot } from '../seal/slot.ts';
import { noCounts } from '../store/counting.ts';
import type { BandwidthLimits } from '../store/limit.ts';
import { parseLocation } from '../store/location.ts';
import { openStore } from '../store/open.ts';
import { probeConditionalWrites } from '../store/probe.ts';
import type { Store } from '../store/store.ts';
import {
  checkFormat,
  type Format,
  hasFormat,
  makeFormat,
  readFormat,
  soundFormat,
  writeFormat,
} from './format-file.ts';
import { withLayout } from './layout.ts';
import { readLocalJson, writeLocalJson } from './local-json.ts';
import { type Directories, Repository, type RepositoryParts } from './repository.ts';
import { removeSlot, writeSlot } from './slots.ts';
import { unlock } from './unlock.ts';

/** How a repository is found and unlocked. */
export interface OpenOptions {
  /** `s3://bucket/prefix`, `s3+https://host/bucket`, or a directory. */
  location: string;
  /** Asked once, and only when it is needed. */
  secret: () => Promise<Secret>;
  directories: Directories;
  /** Where the store's credentials are looked up. */
  env: Record<string, string | undefined>;
  limits?: BandwidthLimits;
  /** The store may show less than this machine has seen. */
  acceptRollback?: boolean;
  /** Nothing is written to the store. */
  dryRun?: boolean;
  signal?: AbortSignal;
  onEvent?: OnEvent;
  /** Instead of the location's store: for tests and programs that bring their own. */
  store?: Store;
  random?: RandomSource;
  now?: () => Date;
}

/**
 * Opens a repository.
 * @throws `no-repository`, `wrong-key`, `no-key`, `newer-format`, `damaged`, and what stores throw
 */
export async function openRepository(options: OpenOptions): Promise<Repository> {
  const counts = noCounts();
  const store = await storeOf(options, counts);
  try {
    // Nobody wants to type a passphrase for a repository that is not there.
    const format = await readFormat(store);
    const secret = await options.secret();
    const keys = await unlockWithCache(store, format, secret, options.directories);
    const sound = await soundFormat(store, format, keys, options.dryRun ? 'read' : 'write');
    return new Repository({ ...partsOf(options), store, keys, format: sound, counts });
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function storeOf(options: OpenOptions, counts: ReturnType<typeof noCounts>): Promise<Store> {
  if (options.store) return withLayout(options.store);
  const { env, signal, limits, dryRun, onEvent } = options;
  const store = await openStore(parseLocation(options.location), {
    env,
    signal,
    counts,
    ...(limits && { limits }),
    ...(dryRun && { dryRun }),
    onRetry: (error, wait) => onEvent?.({ type: 'retry', message: error.message, wait }),
  });
  return withLayout(store);
}

function partsOf(options: OpenOptions): Omit<RepositoryParts, 'store' | 'keys' | 'format' | 'counts'> {
  return {
    directories: options.directories,
    random: options.random ?? systemRandom,
    now: options.now ?? (() => new Date()),
    onEvent: options.onEvent,
    signal: options.signal,
    acceptRollback: options.acceptRollback ?? false,
  };
}

const cachedSlot = z.object({ slot: z.string() });

/** Tries the slot that opened last time first: it saves listing and reading the others on every push. A slot that was removed counts no more. */
async function unlockWithCache(
  store: Store,
  format: Format,
  secret: Secret,
  directories: Directories,
): Promise<RepositoryKeys> {
  const path = join(directories.cache, format.repository, `slot-${fingerprint(secret)}.json`);
  const cached = await readLocalJson(path, cachedSlot);
  const known = cached && openCached(cached.slot, secret);
  const isOfIt = known && toHex(known.write.repository) === format.repository;
  if (isOfIt && (await store.stat(`keys/${toHex(known.slot.id)}`))) return known;
  const { keys, slot } = await unlock(store, secret, format.repository);
  // Without it the next command asks for all slots again, and no more: a cache that is full or read-only keeps nobody from reading.
  await writeLocalJson(path, { slot: JSON.stringify(slot) }).catch(() => {});
  return keys;
}

function openCached(text: string, secret: Secret): RepositoryKeys | undefined {
  try {
    return openSlot(readSlot(text, 'the cached key slot'), secret);
  } catch {
    return undefined;
  }
}

/** Names the cache of a kind of secret; says nothing of the secret itself. */
function fingerprint(secret: Secret): string {
  return secret.kind === 'passphrase'
    ? 'passphrase'
    : createHash('sha256').update('slot').update(secret.key).digest('hex').slice(0, 16);
}

/** How a repository is made. */
export interface InitOptions extends OpenOptions {
  /** Of the first key, for `key list`. */
  label?: string;
  chunk?: CutSizes;
}

/** A new repository, open. */
export interface InitResult {
  repository: Repository;
  /** The recovery key as text: show it once, keep it nowhere. */
  recoveryKey: string;
  conditionalWrites: boolean;
}

/**
 * Makes a repository: keys, their slots, and last of all format.json.
 * @throws `repository-exists`
 */
export async function initRepository(options: InitOptions): Promise<InitResult> {
  const counts = noCounts();
  const store = await storeOf(options, counts);
  try {
    if (await hasFormat(store)) throw exists(store);
    // Before the secret, which may be a key file that is made for it: a store that cannot be written leaves none behind.
    const conditionalWrites = await probeConditionalWrites(store);
    const secret = await options.secret();
    const { keys, recoveryKey, slots } = await makeKeys(store, secret, options);
    const created = options.now?.() ?? new Date();
    const text = makeFormat(keys, {
      created,
      conditionalWrites,
      ...(options.chunk && { chunk: options.chunk }),
    });
    if ((await writeFormat(store, text)) === 'exists') {
      for (const id of slots) await removeSlot(store, id);
      throw exists(store);
    }
    const format = await readFormat(store);
    checkFormat(format, keys, 'write');
    const repository = new Repository({ ...partsOf(options), store, keys, format, counts });
    return { repository, recoveryKey, conditionalWrites };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function exists(store: Store): BmcloudError {
  return new BmcloudError('repository-exists', `There is a repository in ${store.name} already`, {
    hint: 'Use it with "bmcloud push", or choose another place',
  });
}

async function makeKeys(
  store: Store,
  secret: Secret,
  options: InitOptions,
): Promise<{ keys: RepositoryKeys; recoveryKey: string; slots: string[] }> {
  const random = options.random ?? systemRandom;
  const { write, owner } = deriveOwner(random(32), random(ID_BYTES));
  const created = options.now?.() ?? new Date();
  const unslotted = { write, owner };
  const first = makeSlot(
    { secret, role: 'owner', label: options.label ?? 'first', created, keys: unslotted },
    random,
  );
  const recovery = newGeneratedKey(random);
  const second = makeSlot(
    {
      secret: { kind: 'generated', key: recovery },
      role: 'recovery',
      label: 'recovery',
      created,
      keys: unslotted,
    },
    random,
  );
  await writeSlot(store, first.id, first.json);
  await writeSlot(store, second.id, second.json);
  const slot = { id: first.id, role: 'owner' as const, label: options.label ?? 'first' };
  const slots = [first.id, second.id].map(toHex);
  return { keys: { write, owner, slot }, recoveryKey: formatGeneratedKey(recovery), slots };
}
