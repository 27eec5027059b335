import { type EntryInfo, entryInfo, rawEntry } from './entry-info.ts';
import { manifestPaths } from './match-paths.ts';
import { withMarks } from './model/entry.ts';
import { equalBytes, toHex } from './model/ids.ts';
import { isDeletion, RunCursor } from './model/run.ts';
import { type ListedJob, listJobs } from './repository/jobs.ts';
import type { StoredManifest } from './repository/manifest-objects.ts';
import type { Attendance, Repository } from './repository/repository.ts';
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
 * @throws `no-job`, `not-allowed`, `damaged`, `interrupted`
 */
export async function history(
  opened: Repository,
  options: { path: string; job?: string } & Attendance,
): Promise<Version[]> {
  const repository = opened.attended(options);
  const { path, job } = options;
  const snapshots = await listSnapshots(repository, { ...(job !== undefined && { job }) });
  const byId = new Map(snapshots.map((snapshot) => [snapshot.fullId, snapshot]));
  const versions: Version[] = [];
  for (const one of await jobsMeant(repository, job)) {
    const found: FoundVersion[] = [];
    for await (const stored of openedManifests(repository, one)) {
      const snapshot = byId.get(toHex(stored.manifest.header.snapshot));
      if (snapshot) found.unshift(...(await versionsIn(repository, stored, snapshot, path)));
    }
    versions.push(...withoutRepetitions(found));
  }
  return versions.sort((a, b) => a.snapshot.time.getTime() - b.snapshot.time.getTime());
}

interface FoundVersion {
  path: string;
  version: Version;
  /** What was put, but for its marks: a file that was read again to be sure is no new version. */
  entry: Uint8Array;
}

/** @param found of one job, oldest first */
function withoutRepetitions(found: FoundVersion[]): Version[] {
  const last = new Map<string, Uint8Array>();
  return found
    .filter(({ path, entry }) => {
      const isRepeated = equalBytes(last.get(path) ?? NOTHING, entry);
      last.set(path, entry);
      return !isRepeated;
    })
    .map(({ version }) => version);
}

const NOTHING = new Uint8Array(0);

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
): Promise<FoundVersion[]> {
  const wanted = manifestPaths(path, manifest.header);
  const versions: FoundVersion[] = [];
  const cursor = new RunCursor(changesOf(repository, manifest), 'the changes of a snapshot');
  while (cursor.advance() || (await cursor.refill())) {
    if (!wanted.some((one) => equalBytes(one, cursor.path()))) continue;
    const entry = Buffer.concat([cursor.stat(), withMarks(cursor.content(), 0)]);
    const version: Version = isDeletion(cursor)
      ? { snapshot, change: 'deleted' }
      : { snapshot, change: 'put', entry: entryInfo(rawEntry(cursor)) };
    versions.push({ path: toHex(cursor.path()), version, entry });
  }
  return versions;
}
