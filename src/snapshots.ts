import { BmcloudError } from './errors.ts';
import { mapAhead } from './flow/ahead.ts';
import { manifestPaths } from './match-paths.ts';
import { equalBytes, toHex } from './model/ids.ts';
import type { Moment } from './model/moment.ts';
import { displayPath } from './model/path.ts';
import type { ManifestKind, SnapshotHeader } from './model/snapshot.ts';
import { toDate } from './model/time.ts';
import { refuseRollback } from './repository/heads.ts';
import { chooseJob, type ListedJob, listJobs } from './repository/jobs.ts';
import { type ListedManifest, listManifests, type StoredManifest } from './repository/manifest-objects.ts';
import type { Attendance, Repository } from './repository/repository.ts';
import { openOrPass } from './repository/states.ts';
import { correctedStart, type SnapshotInfo, snapshotInfo } from './snapshot-info.ts';

export { correctedStart, type SnapshotInfo, snapshotInfo };

/*
 * Which snapshots there are, and which one is meant.
 */

/** Which snapshots are listed. */
export interface SnapshotFilter {
  /** Name of a job, or the beginning of its id. */
  job?: string;
  host?: string;
  /** With all of these tags. */
  tags?: string[];
  /** Begun at or after, at or before. */
  since?: Date;
  until?: Date;
  /** What interrupted pushes saved, too. */
  partial?: boolean;
  /** The newest so many. */
  latest?: number;
}

/** Which snapshot is meant. */
export interface SnapshotChoice {
  at: Moment;
  job?: string;
  /** They may decide which of several jobs is meant. */
  path?: string;
  paths?: string[];
  partial?: boolean;
}

/** Manifests read at once. */
const AHEAD = 8;

/**
 * Snapshots, the newest last. Of those that pass by time, host and kind the manifests are read whole, for their tags and
 * statistics; the others are known from the headers that manifests with a state carry.
 * @throws `not-allowed`, `no-job`, `rollback`, `interrupted`
 */
export async function listSnapshots(
  opened: Repository,
  filter: SnapshotFilter & Attendance = {},
): Promise<SnapshotInfo[]> {
  const repository = opened.attended(filter);
  const lines = await Promise.all(
    jobsNamed(await listJobs(repository), filter.job).map((job) =>
      snapshotsOf(repository, job, filter.partial),
    ),
  );
  const known = lines
    .flat()
    .filter(({ header }) => passes(header, filter))
    .sort(byTime)
    .reverse();
  const infos: SnapshotInfo[] = [];
  for await (const stored of mapAhead(known, AHEAD, (one) => readWhole(repository, one))) {
    if (infos.length === filter.latest) break;
    const info = stored && snapshotInfo(stored.manifest.header);
    if (info && (filter.tags ?? []).every((tag) => info.tags.includes(tag))) infos.push(info);
  }
  return infos.reverse();
}

function passes(header: SnapshotHeader, { host, since, until }: SnapshotFilter): boolean {
  const time = correctedStart(header);
  return (
    (host === undefined || header.host === host) &&
    (since === undefined || time >= since) &&
    (until === undefined || time <= until)
  );
}

/**
 * The newest snapshot at or before a moment, or the one of that id; says so when clocks disagreed by more than a minute.
 * @throws `no-snapshot`, `not-allowed`, `damaged`; `no-job` when several jobs could be meant; `usage` for an id that several have
 */
export async function chooseSnapshot(
  repository: Repository,
  choice: SnapshotChoice,
): Promise<{ info: SnapshotInfo; stored: StoredManifest }> {
  const jobs = jobsNamed(await listJobs(repository), choice.job);
  const found =
    'snapshot' in choice.at
      ? await findById(repository, jobs, choice.at.snapshot)
      : await findByTime(repository, await theJob(repository, jobs, choice), choice);
  const stored = await readWhole(repository, found);
  if (!stored) throw new BmcloudError('damaged', `Snapshot ${toHex(found.header.snapshot)} cannot be read`);
  tellCorrection(repository, stored.manifest.header);
  return { info: snapshotInfo(stored.manifest.header), stored };
}

/** Which snapshot is meant, for people to see. @throws as `chooseSnapshot` */
export async function selectSnapshot(
  repository: Repository,
  choice: SnapshotChoice & Attendance,
): Promise<SnapshotInfo> {
  return (await chooseSnapshot(repository.attended(choice), choice)).info;
}

function jobsNamed(jobs: ListedJob[], name: string | undefined): ListedJob[] {
  if (name === undefined) return jobs;
  const named = jobs.filter((job) => job.name === name);
  const meant = named.length > 0 ? named : jobs.filter(({ id }) => toHex(id).startsWith(name.toLowerCase()));
  if (meant.length > 0) return meant;
  throw new BmcloudError('no-job', `The repository has no job "${name}"`, {
    hint:
      jobs.length > 0 ? `It has: ${jobs.map((job) => `"${job.name}"`).join(', ')}` : 'Push something first',
    data: { jobs: jobs.map((job) => job.name) },
  });
}

/** The one job, the one that the paths lie in, or the one that has snapshots at all. @throws `no-job`, `no-snapshot` */
async function theJob(repository: Repository, jobs: ListedJob[], choice: SnapshotChoice): Promise<ListedJob> {
  const paths = [...(choice.paths ?? []), ...(choice.path === undefined ? [] : [choice.path])];
  let left = jobs;
  if (left.length > 1) left = await withSnapshots(repository, left);
  if (left.length > 1 && paths.length > 0)
    left = left.filter((job) => paths.every((path) => holds(job, path)));
  if (left.length === 0) left = jobs;
  if (left.length === 1) return left[0] as ListedJob;
  if (left.length === 0) throw noSnapshots(repository);
  const sameName = new Set(left.map(({ name }) => name)).size < left.length;
  throw chooseJob(
    left.map(({ id, name }) => ({ name: sameName ? `${name} ${toHex(id).slice(0, 8)}` : name })),
  );
}

async function withSnapshots(repository: Repository, jobs: ListedJob[]): Promise<ListedJob[]> {
  const heads = await Promise.all(jobs.map((job) => listManifests(repository.store, job.id, 1)));
  return jobs.filter((_, i) => (heads[i]?.[0]?.number ?? 0) > 0);
}

/** Whether a path is one of a job's, by the sources it was registered with. */
function holds({ registration }: ListedJob, path: string): boolean {
  const names = registration.sources.map(({ name }) => name);
  return manifestPaths(path, registration).some((one) => {
    const first = displayPath(one).split('/', 1)[0] as string;
    // A relative path fits any job with one source: only the source's name tells.
    return (
      names.includes(first) && (path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.startsWith(first))
    );
  });
}

/** A snapshot of which at least the header is known. */
interface KnownSnapshot {
  key: string;
  header: SnapshotHeader;
  /** If it was read whole. */
  stored?: StoredManifest;
}

async function readWhole(
  repository: Repository,
  { key, stored }: KnownSnapshot,
): Promise<StoredManifest | undefined> {
  return stored ?? (await openOrPass(repository, key));
}

async function findById(repository: Repository, jobs: ListedJob[], prefix: string): Promise<KnownSnapshot> {
  const lines = await Promise.all(jobs.map((job) => snapshotsOf(repository, job, true)));
  const found = lines.flat().filter(({ header }) => toHex(header.snapshot).startsWith(prefix.toLowerCase()));
  if (found.length === 1) return found[0] as KnownSnapshot;
  if (found.length === 0) throw noSnapshot(`The repository has no snapshot ${prefix}`);
  throw new BmcloudError('usage', `Several snapshots have an id that begins with ${prefix}`, {
    hint: 'Give more digits of it',
  });
}

async function findByTime(
  repository: Repository,
  job: ListedJob,
  { at, partial }: SnapshotChoice,
): Promise<KnownSnapshot> {
  const all = (await snapshotsOf(repository, job, partial)).sort(byTime);
  if (all.length === 0) throw noSnapshots(repository, job.name);
  if (!('time' in at))
    return all.reduce((newest, one) => (one.header.number > newest.header.number ? one : newest));
  const end = at.through ?? at.time;
  const found = all.findLast(({ header }) => correctedStart(header) <= end);
  if (found) return found;
  const first = correctedStart((all[0] as KnownSnapshot).header);
  throw noSnapshot(`No snapshot of ${job.name} is that old: the first is of ${first.toISOString()}`);
}

function byTime(a: KnownSnapshot, b: KnownSnapshot): number {
  const times = correctedStart(a.header).getTime() - correctedStart(b.header).getTime();
  return times || a.header.number - b.header.number;
}

/**
 * The snapshots of a job, newest number first. A manifest with a state tells of those before it, so that a thousand pushes cost
 * some dozens of requests.
 */
async function snapshotsOf(
  repository: Repository,
  job: ListedJob,
  partial = false,
): Promise<KnownSnapshot[]> {
  const all = await listManifests(repository.store, job.id);
  await refuseRollback(repository, job, all[0]?.number ?? -1);
  const listed = all.filter(({ number }) => number > 0);
  const siblings = new Set(
    listed.filter(({ number }, i) => listed[i - 1]?.number === number).map((one) => one.number),
  );
  const told = new Map<number, SnapshotHeader>();
  const known: KnownSnapshot[] = [];
  const isTold = ({ number }: ListedManifest) => told.has(number) && !siblings.has(number);
  for (let at = 0; at < listed.length; ) {
    const one = listed[at] as ListedManifest;
    if (isTold(one)) {
      known.push({ key: one.key, header: told.get(one.number) as SnapshotHeader });
      at++;
      continue;
    }
    const next = listed.slice(at, at + AHEAD);
    const untold = next.slice(0, next.findIndex(isTold) === -1 ? AHEAD : next.findIndex(isTold));
    at += untold.length;
    for (const stored of await Promise.all(untold.map(({ key }) => openOrPass(repository, key)))) {
      if (!stored || !equalBytes(stored.domain, job.domain)) continue;
      known.push({ key: stored.key, header: stored.manifest.header, stored });
      for (const earlier of stored.manifest.earlier) told.set(earlier.number, earlier);
    }
  }
  const kinds: ManifestKind[] = partial ? ['snapshot', 'partial'] : ['snapshot'];
  return known.filter(({ header }) => kinds.includes(header.kind));
}

const WORTH_TELLING = 60_000;

function tellCorrection(repository: Repository, header: SnapshotHeader): void {
  const seconds = Math.round((correctedStart(header).getTime() - toDate(header.start).getTime()) / 1000);
  if (Math.abs(seconds) * 1000 <= WORTH_TELLING) return;
  const direction = seconds > 0 ? 'behind' : 'ahead';
  repository.tell({
    type: 'notice',
    message: `The clock of ${header.host} was ${Math.abs(seconds)} seconds ${direction} when this snapshot was made: its time is the store's`,
  });
}

function noSnapshots(repository: Repository, job?: string): BmcloudError {
  const where = job === undefined ? repository.location : `${repository.location} for ${job}`;
  return new BmcloudError('no-snapshot', `There are no snapshots in ${where}`, {
    hint: 'Make one with "bmcloud push"',
  });
}

function noSnapshot(message: string): BmcloudError {
  return new BmcloudError('no-snapshot', message, { hint: 'See which there are with "bmcloud snapshots"' });
}
