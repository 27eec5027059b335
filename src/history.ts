import { type EntryInfo, entryInfo, rawEntry } from './entry-info.ts';
import { manifestPaths } from './match-paths.ts';
import { equalBytes, toHex } from './model/ids.ts';
import { isDeletion, RunCursor } from './model/run.ts';
import { type ListedJob, listJobs } from './repository/jobs.ts';
import type { StoredManifest } from './repository/manifest-objects.ts';
import type { Repository } from './repository/repository.ts';
import { changesOf, openedManifests } from './repository/states.ts';
import { listSnapshots, type SnapshotInfo } from './snapshots.ts';

/** What a push did to a path. */
export interface Version {
  snapshot: SnapshotInfo;
  change: 'put' | 'deleted';
  /** Absent where it was deleted. */
  entry?: EntryInfo;
}

/**
 * Every version and deletion of a path, oldest first, from what each push changed; states are not read.
 * @throws `no-job`, `not-allowed`, `damaged`
 */
export async function history(
  repository: Repository,
  options: { path: string; job?: string },
): Promise<Version[]> {
  const { path, job } = options;
  const snapshots = await listSnapshots(repository, { ...(job !== undefined && { job }) });
  const byId = new Map(snapshots.map((snapshot) => [snapshot.fullId, snapshot]));
  const versions: Version[] = [];
  for (const one of await jobsMeant(repository, job)) {
    for await (const stored of openedManifests(repository, one)) {
      const snapshot = byId.get(toHex(stored.manifest.header.snapshot));
      if (snapshot) versions.push(...(await versionsIn(repository, stored, snapshot, path)));
    }
  }
  return versions.sort((a, b) => a.snapshot.time.getTime() - b.snapshot.time.getTime());
}

/** The jobs of that name or whose id begins so; all of them where none is named. */
export async function jobsMeant(repository: Repository, job: string | undefined): Promise<ListedJob[]> {
  const jobs = await listJobs(repository);
  return job === undefined ? jobs : jobs.filter(({ id, name }) => name === job || toHex(id).startsWith(job));
}

async function versionsIn(
  repository: Repository,
  { manifest }: StoredManifest,
  snapshot: SnapshotInfo,
  path: string,
): Promise<Version[]> {
  const wanted = manifestPaths(path, manifest.header);
  const versions: Version[] = [];
  const cursor = new RunCursor(changesOf(repository, manifest), 'the changes of a snapshot');
  while (cursor.advance() || (await cursor.refill())) {
    if (!wanted.some((one) => equalBytes(one, cursor.path()))) continue;
    if (isDeletion(cursor)) versions.push({ snapshot, change: 'deleted' });
    else versions.push({ snapshot, change: 'put', entry: entryInfo(rawEntry(cursor)) });
  }
  return versions;
}
