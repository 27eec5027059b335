import { CheckVisitor } from './download/check.ts';
import { FileVisitor } from './download/files.ts';
import { groundOf, type RestoreGround } from './download/ground.ts';
import type { RestoreOptions } from './download/options.ts';
import { Outcome } from './download/outcome.ts';
import { RestVisitor } from './download/rest.ts';
import { prepareTarget } from './download/roots.ts';
import { type RestorePreview, survey } from './download/survey.ts';
import { openWorkshop } from './download/workshop.ts';
import { BmcloudError } from './errors.ts';
import type { StoredManifest } from './repository/manifest-objects.ts';
import type { Repository } from './repository/repository.ts';
import type { NativePath } from './scan/disk.ts';
import { nativeOf } from './scan/native-path.ts';
import { chooseSnapshot, type SnapshotInfo } from './snapshots.ts';
import { alone } from './target-lock.ts';

export type { RestoreOptions, RestorePreview };

/** What came back. */
export interface RestoreResult {
  snapshot: SnapshotInfo;
  /** The directory; empty when restored in place. */
  target: string;
  /** Written: files, directories, and links and other names. */
  files: number;
  directories: number;
  links: number;
  /** Of the files written; of these, `reused` were there already. */
  bytes: number;
  reused: number;
  /** Paths that were right already, or that `overwrite` left as they were. */
  unchanged: number;
  deleted: number;
  /** Bytes read from the store, of data. */
  fetched: number;
  failed: { path: string; reason: string; code: string }[];
  /** Files that were read again and are right; with `verify` only. */
  verified?: number;
}

/**
 * Brings back what stood there at a moment: time → snapshot → entries → plan by pack → ranged get → open → write → verify. A path
 * or a block that cannot be restored is named in `failed`, and the rest goes on; a second run completes what is missing.
 * @throws `no-snapshot`, `no-job`, `not-allowed`, `damaged` (metadata); `not-found` when a path matches nothing; `target`,
 *   `disk-full`, `busy`; `interrupted`, also when `confirm` says no
 */
export async function restore(opened: Repository, options: RestoreOptions): Promise<RestoreResult> {
  const repository = opened.attended(options);
  const { info, stored } = await chooseSnapshot(repository, options);
  const newest = await newestFor(repository, info, stored, options);
  const ground = groundOf(repository, stored, newest, options);
  const { preview, planned } = await survey(ground);
  if (options.dryRun) return resultOf(info, options, planned);
  await agree(options, preview);
  const outcome = new Outcome(ground.tell, planned.totals);
  await alone(placesOf(ground), () => bringBack(ground, outcome));
  return resultOf(info, options, outcome);
}

/** Where untracked entries come from, if not from the snapshot itself; says so. */
async function newestFor(
  repository: Repository,
  info: SnapshotInfo,
  stored: StoredManifest,
  { trackedOnly, partial }: RestoreOptions,
): Promise<StoredManifest | undefined> {
  if (trackedOnly || !stored.manifest.header.mirrors) return undefined;
  const newest = await chooseSnapshot(repository, { at: { latest: true }, job: info.job.id, partial });
  if (newest.info.fullId === info.fullId) return undefined;
  const message = `What is kept without history comes from the newest snapshot, ${newest.info.id}`;
  repository.tell({ type: 'notice', message });
  return newest.stored;
}

async function agree({ target, confirm }: RestoreOptions, preview: RestorePreview): Promise<void> {
  const replaced = 'inPlace' in target ? preview.replaced.count : 0;
  if (replaced + preview.deleted.count === 0 || (await confirm(preview))) return;
  throw new BmcloudError('interrupted', 'Nothing was restored: it was not confirmed');
}

/** What is written to. */
function placesOf({ options, target }: RestoreGround): NativePath[] {
  if ('to' in options.target) return [options.target.to];
  return [...target.roots.values()].map(({ path }) => nativeOf(path));
}

/** Files first, as they come out of the packs; then what needs them to be there; then, if wished, all of it is read again. */
async function bringBack(ground: RestoreGround, outcome: Outcome): Promise<void> {
  const { tell, walk, options } = ground;
  prepareTarget(ground.target, options.target);
  const workshop = openWorkshop(ground, outcome);
  try {
    tell({ type: 'phase', phase: 'restoring' });
    await walk(new FileVisitor(workshop.forFiles));
    await workshop.filesDone();
    tell({ type: 'phase', phase: 'finishing' });
    await walk(new RestVisitor(workshop.forRest));
    if (!options.verify) return;
    tell({ type: 'phase', phase: 'verifying' });
    await walk(new CheckVisitor(workshop.forCheck));
    await workshop.checkDone();
  } finally {
    await workshop.close();
  }
}

function resultOf(
  snapshot: SnapshotInfo,
  { target, verify, dryRun }: RestoreOptions,
  outcome: Outcome,
): RestoreResult {
  return {
    snapshot,
    target: 'to' in target ? target.to : '',
    ...outcome.counts,
    failed: outcome.failed,
    ...(verify && !dryRun && { verified: outcome.verified }),
  };
}
