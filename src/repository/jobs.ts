import { createHash } from 'node:crypto';
import { z } from 'zod/mini';
import { BmcloudError } from '../errors.ts';
import { mapAhead } from '../flow/ahead.ts';
import { manifestName } from '../manifest/names.ts';
import { equalBytes, fromHex, ID_BYTES, toHex } from '../model/ids.ts';
import type { SnapshotHeader, Source } from '../model/snapshot.ts';
import { nowStamp } from '../model/time.ts';
import { readLocalJson, writeLocalJson } from './local-json.ts';
import { listManifests, type StoredManifest, sealManifest } from './manifest-objects.ts';
import type { Repository } from './repository.ts';
import { openOrPass } from './states.ts';

/*
 * Jobs: which line of snapshots a push goes on with. A job's id is random; manifest 0 says whose it is.
 */

export interface Job {
  id: Uint8Array;
  domain: Uint8Array;
  name: string;
}

/** Registrations read at once. */
const AT_ONCE = 16;

/** Who pushes, and what. */
export interface JobClaim {
  name: string;
  host: string;
  user: string;
  sources: Source[];
  tool: string;
  /** Go on with a job of that name that another machine began. */
  adopt: boolean;
  /** Remember nothing. */
  dryRun?: boolean;
}

const hex16 = z.string().check(z.regex(/^[0-9a-f]{32}$/));
const registered = z.object({ name: z.string(), domain: hex16, job: hex16 });

/** The job of that name on this machine: known here, found in the store, or registered now. */
export async function openJob(repository: Repository, claim: JobClaim): Promise<Job> {
  const path = registeredPath(repository, claim.name);
  const mine = await readLocalJson(path, registered);
  const { domain } = repository.keys.write.own;
  if (mine && mine.name === claim.name && mine.domain === toHex(domain) && !claim.adopt) {
    return { id: fromHex(mine.job, ID_BYTES, path), domain, name: claim.name };
  }
  const machine = await machineId(repository);
  const job = (await findJob(repository, claim, machine)) ?? (await register(repository, claim, machine));
  if (!claim.dryRun)
    await writeLocalJson(path, { name: claim.name, domain: toHex(domain), job: toHex(job.id) });
  return job;
}

/**
 * A file for each job: pushes of several jobs at once must not forget each other's. A job belongs to a domain: with another key
 * the same sources are another job, for what it pushed would be passed over in the line of the first.
 */
function registeredPath(repository: Repository, name: string): string {
  const { domain } = repository.keys.write.own;
  const digest = createHash('sha256').update(domain).update(name).digest('hex');
  return repository.statePath('jobs', `${digest.slice(0, 32)}.json`);
}

/** A job this machine registered, though its local state was lost; another machine's only on request. */
async function findJob(
  repository: Repository,
  claim: JobClaim,
  machine: Uint8Array,
): Promise<Job | undefined> {
  if (!repository.canRead) return undefined;
  const { domain } = repository.keys.write.own;
  const sameName = (await listJobs(repository)).filter(
    ({ registration, domain: theirs }) => registration.jobName === claim.name && equalBytes(theirs, domain),
  );
  const mine = sameName.find(({ registration }) => equalBytes(registration.machine, machine));
  const chosen = mine ?? (claim.adopt ? sameName.at(-1) : undefined);
  if (chosen) return { id: chosen.id, domain, name: claim.name };
  if (sameName.length > 0) warnOfOther(repository, claim);
  return undefined;
}

function warnOfOther(repository: Repository, claim: JobClaim): void {
  repository.tell({
    type: 'warning',
    message: `The repository has a job "${claim.name}" of another machine, or of this one before it lost its configuration: a new one begins`,
    hint: 'To go on with that one, push once with --adopt-job',
  });
}

async function register(repository: Repository, claim: JobClaim, machine: Uint8Array): Promise<Job> {
  const id = repository.random(ID_BYTES);
  const start = nowStamp(repository.now());
  const header: SnapshotHeader = {
    job: id,
    number: 0,
    kind: 'registration',
    snapshot: repository.random(ID_BYTES),
    start,
    end: start,
    host: claim.host,
    user: claim.user,
    jobName: claim.name,
    machine,
    sources: claim.sources,
    skipped: [],
    tool: claim.tool,
    tags: [],
    platform: process.platform === 'win32' ? 'windows' : 'posix',
    unknown: [],
  };
  const key = manifestName(id, 0, suffixFor(repository));
  const { bytes } = sealManifest(repository.keys.write, key, { header, earlier: [] }, repository.random);
  await repository.store.putIfAbsent(key, bytes);
  return { id, domain: repository.keys.write.own.domain, name: claim.name };
}

/** Where the store has no conditional writes, keys of manifests must never meet. */
export function suffixFor(repository: Repository): string | undefined {
  return repository.format.store.conditionalWrites ? undefined : toHex(repository.random(4));
}

export interface ListedJob extends Job {
  /** Of the job's first manifest, or the oldest that there is. */
  registration: SnapshotHeader;
  /** That manifest: what the first snapshot builds on. */
  manifest: StoredManifest;
}

/** All jobs of the repository, in the order they were registered. @throws `not-allowed` for push-only keys */
export async function listJobs(repository: Repository): Promise<ListedJob[]> {
  const ids: Uint8Array[] = [];
  for await (const name of repository.store.listNames('manifests/'))
    ids.push(fromHex(name, ID_BYTES, 'the name of a job'));
  const jobs: ListedJob[] = [];
  for await (const job of mapAhead(ids, AT_ONCE, (id) => readRegistration(repository, id)))
    if (job) jobs.push(job);
  return jobs.sort((a, b) => a.registration.start.seconds - b.registration.start.seconds);
}

async function readRegistration(repository: Repository, id: Uint8Array): Promise<ListedJob | undefined> {
  for await (const { key } of repository.store.list(manifestName(id, 0))) {
    const manifest = await openOrPass(repository, key);
    if (manifest) return listedJob(id, manifest);
  }
  return await readStandIn(repository, id);
}

/** The loss of one small object must not hide all snapshots of a job: every manifest says whose it is. */
async function readStandIn(repository: Repository, id: Uint8Array): Promise<ListedJob | undefined> {
  const listed = await listManifests(repository.store, id);
  for (const { key, number } of listed.toReversed()) {
    const manifest = number > 0 ? await openOrPass(repository, key) : undefined;
    if (!manifest || manifest.manifest.header.kind === 'fence') continue;
    const job = listedJob(id, manifest);
    repository.tell({
      type: 'warning',
      message: `The registration of job "${job.name}" is missing or damaged: its oldest manifest stands in for it`,
    });
    return job;
  }
  return undefined;
}

function listedJob(id: Uint8Array, manifest: StoredManifest): ListedJob {
  const { header: registration } = manifest.manifest;
  return { id, domain: manifest.domain, name: registration.jobName, registration, manifest };
}

const machineFile = z.object({ machine: z.string().check(z.regex(/^[0-9a-f]{32}$/)) });

/** This machine's id: random, made once, kept with the configuration. */
export async function machineId(repository: Pick<Repository, 'directories' | 'random'>): Promise<Uint8Array> {
  const path = `${repository.directories.config}/machine.json`;
  const stored = await readLocalJson(path, machineFile);
  if (stored) return fromHex(stored.machine, ID_BYTES, path);
  const machine = repository.random(ID_BYTES);
  await writeLocalJson(path, { machine: toHex(machine) });
  return machine;
}

/** The error where several jobs could be meant. */
export function chooseJob(jobs: Pick<Job, 'name'>[]): BmcloudError {
  const names = jobs.map(({ name }) => `"${name}"`).join(', ');
  return new BmcloudError('no-job', `The repository has several jobs: ${names}`, {
    hint: 'Choose one with --job',
    data: { jobs: jobs.map(({ name }) => name) },
  });
}
