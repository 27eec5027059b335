import { type EntryInfo, entryInfo, rawEntry } from './entry-info.ts';
import { globTest } from './glob.ts';
import { jobsMeant } from './history.ts';
import { toHex } from './model/ids.ts';
import type { Moment } from './model/moment.ts';
import { displayPath } from './model/path.ts';
import { isDeletion, type Run, RunCursor } from './model/run.ts';
import type { Attendance, Repository } from './repository/repository.ts';
import { changesOf, openedManifests, stateOf } from './repository/states.ts';
import { chooseSnapshot, listSnapshots, type SnapshotInfo } from './snapshots.ts';

/** Which entries are looked for, and where. */
export interface FindOptions extends Attendance {
  /** Without a slash it is compared with names, with one with whole paths. */
  pattern: string;
  /** In one snapshot. Default: the newest. */
  at?: Moment;
  job?: string;
  /** In what every push brought or changed, instead of one snapshot. */
  all?: boolean;
}

/** An entry that was looked for, and where it is. */
export interface Found {
  snapshot: SnapshotInfo;
  entry: EntryInfo;
}

/** Entries by name. @throws `no-snapshot`, `no-job`, `not-allowed`, `damaged`, `interrupted` */
export async function* find(opened: Repository, options: FindOptions): AsyncGenerator<Found> {
  const repository = opened.attended(options);
  const test = testOf(options.pattern);
  if (options.all) {
    yield* findInAll(repository, options.job, test);
    return;
  }
  const { at = { latest: true } } = options;
  const { info, stored } = await chooseSnapshot(repository, { ...options, at });
  yield* foundIn(await stateOf(repository, stored), info, test);
}

/** Every version is in the changes of the push that brought it. */
async function* findInAll(repository: Repository, job: string | undefined, test: (path: string) => boolean) {
  const snapshots = await listSnapshots(repository, { ...(job !== undefined && { job }) });
  const byId = new Map(snapshots.map((snapshot) => [snapshot.fullId, snapshot]));
  for (const one of await jobsMeant(repository, job)) {
    for await (const { manifest } of openedManifests(repository, one)) {
      const snapshot = byId.get(toHex(manifest.header.snapshot));
      if (snapshot) yield* foundIn(changesOf(repository, manifest), snapshot, test);
    }
  }
}

function testOf(pattern: string): (path: string) => boolean {
  const test = globTest(pattern);
  return pattern.includes('/') ? test : (path) => test(path.slice(path.lastIndexOf('/') + 1));
}

async function* foundIn(
  run: Run,
  snapshot: SnapshotInfo,
  test: (path: string) => boolean,
): AsyncGenerator<Found> {
  const cursor = new RunCursor(run, 'the entries of a snapshot');
  while (cursor.advance() || (await cursor.refill())) {
    if (isDeletion(cursor) || !test(displayPath(cursor.path()))) continue;
    yield { snapshot, entry: entryInfo(rawEntry(cursor)) };
  }
}
