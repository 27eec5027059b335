import { condemnedPacks } from './repository/condemned.ts';
import { problemsOfFormat } from './repository/format-file.ts';
import type { Attendance, Repository } from './repository/repository.ts';
import { problemsOfSlots } from './repository/slots.ts';
import { needsOwner } from './repository/states.ts';
import { ChunkCheck } from './verify/chunks.ts';
import { checkManifests } from './verify/manifests.ts';
import { checkPacksPresent, nextPacks, numbered, readPacks, type Turn } from './verify/packs.ts';
import { type Problem, Problems } from './verify/problems.ts';
import { readStoredIndex } from './verify/stored-index.ts';

export type { Problem } from './verify/problems.ts';

/** How much is checked. */
export interface VerifyOptions extends Attendance {
  /** Read the packs, too: all, or this share of their bytes, another one each time. */
  readData: boolean | { percent: number };
}

/** What a check has found. */
export interface VerifyResult {
  snapshots: number;
  packs: number;
  chunks: number;
  /** Of packs. */
  bytesRead: number;
  problems: Problem[];
}

/**
 * Checks that all that is there can be restored. Damage is a result, not an exception.
 * @throws `not-allowed` for push-only keys, `interrupted`, and what stores throw
 */
export async function verify(opened: Repository, options: VerifyOptions): Promise<VerifyResult> {
  const repository = opened.attended(options);
  const { readData } = options;
  if (!repository.canRead) throw needsOwner('verify the repository');
  repository.tell({ type: 'phase', phase: 'verifying' });
  const problems = new Problems();
  await checkSpares(repository, problems);
  const { unreadable } = await condemnedPacks(repository.store, repository.keys.write);
  for (const { key, error } of unreadable) problems.add(key, error.message);
  const index = await readStoredIndex(repository, problems);
  try {
    const check = new ChunkCheck(index.file);
    await checkPacksPresent(repository, check, problems);
    const turn = await packsToRead(repository, check, readData);
    const bytesRead = await readPacks(repository, check, problems, turn.packs);
    await turn.done?.();
    const snapshots = await checkManifests(repository, check, problems);
    return { snapshots, packs: check.packCount, chunks: check.count, bytesRead, problems: problems.list() };
  } finally {
    await index.remove();
  }
}

/** What opens the repository is kept twice; a copy that is gone or damaged is no loss yet. */
async function checkSpares({ store, keys }: Repository, problems: Problems): Promise<void> {
  for await (const { key, problem } of problemsOfFormat(store, keys)) problems.add(key, problem);
  for await (const { key, problem } of problemsOfSlots(store)) problems.add(key, problem);
}

async function packsToRead(
  repository: Repository,
  check: ChunkCheck,
  readData: VerifyOptions['readData'],
): Promise<Pick<Turn, 'packs'> & Partial<Turn>> {
  if (readData === false) return { packs: [] };
  if (readData === true) return { packs: numbered(check) };
  return await nextPacks(repository, check, readData.percent);
}
