import { BmcloudError, isBmcloudError } from '../errors.ts';
import { manifestName, parseManifestName } from '../manifest/names.ts';
import { equalBytes } from '../model/ids.ts';
import { overlay, overlayAll } from '../model/overlay.ts';
import type { Run } from '../model/run.ts';
import type { Manifest, ManifestBase } from '../model/snapshot.ts';
import { damaged } from '../model/wire.ts';
import { hashOf, listManifests, type StoredManifest } from './manifest-objects.ts';
import type { Repository } from './repository.ts';
import { readRun } from './run-lists.ts';

/*
 * From manifests to entries: the state at a manifest is the state at its base with its changes laid over it.
 */

/** A manifest of a chain longer than this is damage: a state is written at least every 64th push. */
const LONGEST_CHAIN = 4096;
/** Manifests asked for at once. */
const MOST_AHEAD = 16;

/** The changes a manifest records, as a sorted run with deletions. */
export function changesOf(repository: Repository, { changes }: Manifest): Run {
  if (!changes) return [];
  return changes instanceof Uint8Array ? [changes] : readRun(changes, repository.readChunk);
}

/** All entries at a manifest, as a sorted run. @throws `damaged`, `not-allowed` */
export async function stateOf(repository: Repository, stored: StoredManifest): Promise<Run> {
  const chain = await chainOf(repository, stored);
  const oldest = chain.at(-1)?.manifest;
  const start: Run = oldest?.state ? readRun(oldest.state, repository.readChunk) : [];
  const newer = oldest?.state ? chain.slice(0, -1) : chain;
  const changes = newer.reverse().map(({ manifest }) => changesOf(repository, manifest));
  return changes.length === 0 ? start : overlay(start, overlayAll(changes), false);
}

/** The manifest and those it builds on, back to one with a state, or to the first. */
export async function chainOf(repository: Repository, stored: StoredManifest): Promise<StoredManifest[]> {
  const chain = [stored];
  for (let last = stored; !last.manifest.state && last.manifest.base; ) {
    if (chain.length > LONGEST_CHAIN) throw damaged(stored.key, 'it builds on too many others');
    readAhead(repository, last.manifest, chain.length);
    const base = await readBase(repository, last.manifest.header.job, last.manifest.base, stored.domain);
    // A registration that is lost takes nothing with it: there are no entries before the first push.
    if (!base && last.manifest.base.number === 0) break;
    if (!base) {
      const name = manifestName(last.manifest.header.job, last.manifest.base.number);
      throw damaged(name, 'it is not the manifest that a later one builds on');
    }
    last = base;
    chain.push(last);
  }
  return chain;
}

/**
 * Most manifests build on the one before: as many again as the chain is long are asked for together, so that a chain of 64 costs
 * the latency of a few. Those that turn out not to be needed are at most as many as those that were.
 */
function readAhead(repository: Repository, { header, base }: Manifest, count: number): void {
  if (!base || count < 2 || !repository.format.store.conditionalWrites) return;
  for (let number = base.number; number > base.number - Math.min(count, MOST_AHEAD) && number > 0; number--)
    repository.manifest(manifestName(header.job, number)).catch(() => {}); // who needs it is told
}

async function readBase(
  repository: Repository,
  job: Uint8Array,
  base: ManifestBase,
  domain: Uint8Array,
): Promise<StoredManifest | undefined> {
  for (const key of await keysOf(repository, job, base.number)) {
    const stored = await readNamed(repository, key, base.number === 0);
    if (stored && equalBytes(stored.hash, base.hash) && equalBytes(stored.domain, domain)) return stored;
  }
  return undefined;
}

/** Whether the store has the manifest that is to be built on. It need not be opened: any key can ask. */
export async function holdsBase(
  repository: Repository,
  job: { id: Uint8Array },
  base: ManifestBase,
): Promise<boolean> {
  for (const key of await keysOf(repository, job.id, base.number)) {
    if (await holdsObject(repository, key, base.hash)) return true;
  }
  return false;
}

async function holdsObject({ store }: Repository, key: string, hash: Uint8Array): Promise<boolean> {
  try {
    return equalBytes(hashOf(await store.get(key)), hash);
  } catch (error) {
    if (isBmcloudError(error, 'not-found')) return false;
    throw error;
  }
}

/** @param dispensable damaged is as good as not there */
async function readNamed(
  repository: Repository,
  key: string,
  dispensable: boolean,
): Promise<StoredManifest | undefined> {
  try {
    return await repository.manifest(key);
  } catch (error) {
    if (isBmcloudError(error, 'not-found') || (dispensable && isBmcloudError(error, 'damaged')))
      return undefined;
    throw error;
  }
}

/** The keys that manifest `number` may have: one, or several siblings where the store has no conditional writes. */
async function keysOf(repository: Repository, job: Uint8Array, number: number): Promise<string[]> {
  if (repository.format.store.conditionalWrites) return [manifestName(job, number)];
  const keys: string[] = [];
  for await (const { key } of repository.store.list(manifestName(job, number))) keys.push(key);
  return keys;
}

/** Reads the newest manifests of a job, passing over what does not open or is of another domain. Newest first. */
export async function* openedManifests(
  repository: Repository,
  job: { id: Uint8Array; domain: Uint8Array },
  limit?: number,
): AsyncGenerator<StoredManifest> {
  for (const { key } of await listManifests(repository.store, job.id, limit)) {
    const stored = await openOrPass(repository, key);
    if (stored && equalBytes(stored.domain, job.domain)) yield stored;
  }
}

/** One that does not open is passed over and reported: it took a number and is nothing else. */
export async function openOrPass(repository: Repository, key: string): Promise<StoredManifest | undefined> {
  try {
    return await repository.manifest(key);
  } catch (error) {
    if (!isBmcloudError(error, 'damaged', 'not-found')) throw error;
    const number = parseManifestName(key)?.number;
    repository.tell({ type: 'warning', message: `Manifest ${number} is passed over: ${error.message}` });
    return undefined;
  }
}

/** The error for a key that may not read. */
export function needsOwner(what: string): BmcloudError {
  return new BmcloudError('not-allowed', `A push-only key cannot ${what}`, {
    hint: "Use the owner's passphrase, key file or recovery key",
  });
}
