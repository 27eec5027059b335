import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { beginningOf, recordOf } from './digest/record.ts';
import { isBmcloudError } from './errors.ts';
import { throwIfInterrupted } from './flow/sleep.ts';
import { manifestPaths } from './match-paths.ts';
import { decodeStat } from './model/entry.ts';
import { equalBytes, toHex } from './model/ids.ts';
import { isWithin } from './model/path.ts';
import { type Run, RunCursor } from './model/run.ts';
import { KeptState } from './repository/kept-state.ts';
import type { StoredManifest } from './repository/manifest-objects.ts';
import type { Attendance, Repository } from './repository/repository.ts';
import { stateOf } from './repository/states.ts';
import { chooseSnapshot } from './snapshots.ts';

/** Which paths of which snapshot are hashed. */
export interface SnapshotFingerprintOptions extends Attendance {
  /** Id of the snapshot, or the beginning of it. */
  snapshot: string;
  job?: string;
  /** What of it: sources, or what lies in them; absolute. */
  paths: string[];
}

/**
 * What `fingerprint` says of paths (of metadata) as long as they are as a snapshot has them. Where this machine made the newest snapshot,
 * the store is asked for nothing but manifests.
 * @returns 64 hexadecimal digits for each path; undefined for one that the snapshot does not have
 * @throws `no-snapshot`, `no-job`, `not-allowed`, `damaged`, `interrupted`
 */
export async function snapshotFingerprints(
  opened: Repository,
  { snapshot, job, paths, ...attendance }: SnapshotFingerprintOptions,
): Promise<(string | undefined)[]> {
  const repository = opened.attended(attendance);
  const { signal } = repository;
  const { stored } = await chooseSnapshot(repository, {
    at: { snapshot },
    ...(job !== undefined && { job }),
  });
  const tops = paths.map((path) => manifestPaths(path, stored.manifest.header)[0]);
  const kept = await keptState(repository, stored);
  try {
    if (kept) return await hashesOf(kept, tops, signal);
  } catch (error) {
    // What is kept here is a cache: the store has it whole.
    if (!isBmcloudError(error, 'damaged')) throw error;
  }
  return await hashesOf(await stateOf(repository, stored), tops, signal);
}

/** The state as the last push left it on this machine, if that is the one. */
async function keptState(
  repository: Repository,
  { manifest, hash }: StoredManifest,
): Promise<Run | undefined> {
  const kept = new KeptState(join(repository.cachePath('jobs'), toHex(manifest.header.job)));
  const head = await kept.head();
  return head && equalBytes(head.hash, hash) ? await kept.run() : undefined;
}

async function hashesOf(
  state: Run,
  tops: (Uint8Array | undefined)[],
  signal: AbortSignal | undefined,
): Promise<(string | undefined)[]> {
  const hashes = tops.map((): Hash | undefined => undefined);
  const cursor = new RunCursor(state, 'the state of a snapshot');
  try {
    while (cursor.advance() || (await cursor.refill())) {
      throwIfInterrupted(signal);
      const path = cursor.path();
      for (const [i, top] of tops.entries()) {
        if (!top || !isWithin(path, top)) continue;
        hashes[i] ??= createHash('sha256').update(beginningOf('metadata'));
        const entry = { path: path.slice(top.length + 1), stat: decodeStat(cursor.stat()) };
        hashes[i].update(recordOf('metadata', entry));
      }
    }
  } finally {
    await cursor.close();
  }
  return hashes.map((hash) => hash?.digest('hex'));
}
