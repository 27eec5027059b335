import { isBmcloudError } from '../errors.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import { manifestName } from '../manifest/names.ts';
import { decodeContent, type List, type ListItem, listsOf, marks } from '../model/entry.ts';
import { fromHex, ID_BYTES, toHex } from '../model/ids.ts';
import { displayPath } from '../model/path.ts';
import { type Run, RunCursor } from '../model/run.ts';
import type { Manifest } from '../model/snapshot.ts';
import { sizeOf } from '../model/tally.ts';
import { rememberedHeads } from '../repository/heads.ts';
import { listManifests, readManifest, type StoredManifest } from '../repository/manifest-objects.ts';
import type { Repository } from '../repository/repository.ts';
import { listItems, readRun } from '../repository/run-lists.ts';
import { changesOf } from '../repository/states.ts';
import type { ChunkCheck } from './chunks.ts';
import { checkNumbers } from './numbers.ts';
import type { Problems } from './problems.ts';

/**
 * Checks every manifest of every job: that none is missing, that it opens, what it builds on, and that all chunks it names can be
 * read.
 * @returns how many snapshots there are
 */
export async function checkManifests(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
): Promise<number> {
  let snapshots = 0;
  for (const job of await jobsToCheck(repository)) {
    const manifests = await readJob(repository, problems, job);
    const hashes = new Set(manifests.map(({ hash }) => toHex(hash)));
    for (const stored of manifests) {
      throwIfInterrupted(repository.signal);
      if (stored.manifest.header.kind === 'snapshot') snapshots++;
      checkBase(stored, hashes, problems);
      await checkRuns(repository, check, problems, stored);
    }
  }
  return snapshots;
}

interface JobToCheck {
  id: Uint8Array;
  /** The greatest number that was committed from this machine. */
  remembered: number | undefined;
}

/** All that the store shows, and those that it does not show any more. */
async function jobsToCheck(repository: Repository): Promise<JobToCheck[]> {
  // Asked before the store: what a push commits meanwhile is then newer than what is remembered.
  const heads = new Map((await rememberedHeads(repository)).map(({ job, number }) => [toHex(job), number]));
  const names = new Set<string>();
  for await (const name of repository.store.listNames('manifests/')) names.add(name);
  for (const name of heads.keys()) names.add(name);
  return [...names].map((name) => ({
    id: fromHex(name, ID_BYTES, 'the name of a job'),
    remembered: heads.get(name),
  }));
}

async function readJob(
  repository: Repository,
  problems: Problems,
  { id, remembered }: JobToCheck,
): Promise<StoredManifest[]> {
  const manifests: StoredManifest[] = [];
  const short = `job ${toHex(id).slice(0, 8)}`;
  const listed = await listManifests(repository.store, id);
  if (listed.length > 0 && listed.at(-1)?.number !== 0)
    problems.add(manifestName(id, 0), 'the registration of the job is missing; others stand in for it');
  for (const { key } of listed) {
    try {
      manifests.push(await readManifest(repository.store, repository.keys, key));
    } catch (error) {
      if (!isBmcloudError(error, 'damaged', 'not-found')) throw error;
      problems.add(key, error.message, `push of ${short}`);
    }
  }
  const name = manifests[0]?.manifest.header.jobName;
  const numbers = listed.map(({ number }) => number);
  checkNumbers({ job: id, numbers, remembered }, problems, name === undefined ? short : `job ${name}`);
  return manifests;
}

function checkBase({ key, manifest }: StoredManifest, hashes: Set<string>, problems: Problems): void {
  const { state, base } = manifest;
  // A registration has no entries: who builds on one that is lost has lost nothing.
  if (state || !base || base.number === 0 || hashes.has(toHex(base.hash))) return;
  problems.add(key, `manifest ${base.number}, which it builds on, is missing or damaged`, nameOf(manifest));
}

function nameOf({ header }: Manifest): string {
  return `snapshot ${toHex(header.snapshot).slice(0, 8)} of ${header.jobName}`;
}

async function checkRuns(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
  stored: StoredManifest,
): Promise<void> {
  const { manifest } = stored;
  const runs: Run[] = [changesOf(repository, manifest)];
  if (manifest.state) runs.push(readRun(manifest.state, repository.readChunk));
  for (const run of runs) {
    try {
      await checkRun(repository, check, problems, { run, key: stored.key, snapshot: nameOf(manifest) });
    } catch (error) {
      if (!isBmcloudError(error, 'damaged', 'not-found')) throw error;
      problems.add(stored.key, error.message, nameOf(manifest));
    }
  }
}

async function checkRun(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
  { run, key, snapshot }: { run: Run; key: string; snapshot: string },
): Promise<void> {
  const cursor = new RunCursor(run, 'the entries of a snapshot');
  while (cursor.advance() || (await cursor.refill())) {
    const content = decodeContent(cursor.content());
    const file = () => `${displayPath(cursor.path())} in ${snapshot}`;
    for (const list of listsOf(content)) {
      const length = await checkList(repository, check, problems, { list, key, file });
      if (list !== content.list || length === undefined || length === sizeOf(cursor.stat())) continue;
      if ((content.marks & marks.changedWhileReading) === 0) problems.add(key, OTHER_LENGTH, file());
    }
  }
}

const OTHER_LENGTH = 'data have another length than their file';

/** @returns bytes of the data that it names; undefined where some are lost */
async function checkList(
  repository: Repository,
  check: ChunkCheck,
  problems: Problems,
  { list, key, file }: { list: List; key: string; file: () => string },
): Promise<number | undefined> {
  const isWhole = checkItems(check, problems, list.items, file);
  if (!isWhole) return undefined;
  if (list.depth === 0) return lengthOf(list.items);
  try {
    const items = await listItems(list, repository.readChunk);
    return checkItems(check, problems, items, file) ? lengthOf(items) : undefined;
  } catch (error) {
    if (!isBmcloudError(error, 'damaged', 'not-found')) throw error;
    problems.add(key, error.message, file());
    return undefined;
  }
}

function checkItems(check: ChunkCheck, problems: Problems, items: ListItem[], file: () => string): boolean {
  const lost = items.map(({ id }) => id && check.problemOf(id)).filter((bad) => bad !== undefined);
  for (const { where, what } of lost) problems.add(where, what, file());
  return lost.length === 0;
}

function lengthOf(items: ListItem[]): number {
  return items.reduce((sum, { length }) => sum + length, 0);
}
