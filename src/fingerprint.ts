import { differenceOf, type TreeDifference } from './digest/differences.ts';
import { type DiskEntry, snapshotEntries } from './digest/entries.ts';
import type { HasherOptions } from './digest/hasher.ts';
import { type Pair, pairs } from './digest/pairs.ts';
import type { FingerprintKind } from './digest/record.ts';
import { type Fingerprint, type FingerprintOptions, Tree } from './digest/tree.ts';
import { BmcloudError } from './errors.ts';
import { manifestPaths } from './match-paths.ts';
import type { Moment } from './model/moment.ts';
import type { SnapshotHeader } from './model/snapshot.ts';
import type { StoredManifest } from './repository/manifest-objects.ts';
import type { Repository } from './repository/repository.ts';
import { listItems } from './repository/run-lists.ts';
import { stateOf } from './repository/states.ts';
import { domainKeys } from './seal/keys.ts';
import { chooseSnapshot, type SnapshotInfo } from './snapshots.ts';

export type { Fingerprint, FingerprintKind, FingerprintOptions, TreeDifference };

/** Which tree is compared with which snapshot. */
export interface ComparisonOptions extends FingerprintOptions {
  at: Moment;
  job?: string;
  /** What in the snapshot to compare with. Default: the same path, or the only source. */
  within?: string;
}

/** A fingerprint, and how the tree differs from a snapshot. */
export interface Comparison extends Fingerprint {
  snapshot: SnapshotInfo;
  /** Never where something could not be read. */
  equal: boolean;
  differences: number;
  /** The first ones. */
  first: TreeDifference[];
}

const SHOWN = 100;

/**
 * One hash of a tree: of what is known of its paths, or of its data. The same trees have the same, wherever they lie.
 * @throws `source-missing`, `source-unreadable`, `interrupted`
 */
export async function fingerprint(options: FingerprintOptions): Promise<Fingerprint> {
  const tree = await Tree.at(options);
  const reading = tree.read(alone(tree.entries));
  while (!(await reading.next()).done);
  return tree.result();
}

async function* alone(entries: AsyncIterable<DiskEntry>): AsyncGenerator<Pair> {
  for await (const disk of entries) yield { disk };
}

/**
 * The same, and whether a snapshot has the same tree. With data, files are compared with the snapshot's chunks: none is fetched.
 * @throws as `fingerprint`; `usage` when it is not clear what to compare with; `no-snapshot`, `no-job`, `not-allowed`, `damaged`
 */
export async function compareFingerprint(
  opened: Repository,
  options: ComparisonOptions,
): Promise<Comparison> {
  const repository = opened.attended(options);
  const { tell, signal } = repository;
  const tree = await Tree.at({ ...options, onEvent: tell, ...(signal && { signal }) });
  const { info, stored } = await chooseSnapshot(repository, {
    ...options,
    path: options.within ?? tree.path,
  });
  const top = topOf(options.within, tree.path, stored.manifest.header);
  const both = pairs(tree.entries, snapshotEntries(await stateOf(repository, stored), top));
  const first: TreeDifference[] = [];
  let differences = 0;
  for await (const { pair, hashed } of tree.read(both, chunksOf(repository, stored))) {
    const difference = differenceOf(pair, tree.kind, hashed);
    if (!difference) continue;
    differences++;
    if (first.length < SHOWN) first.push(difference);
  }
  const result = tree.result();
  const equal = differences === 0 && result.skipped.length === 0;
  return { ...result, snapshot: info, equal, differences, first };
}

/** The one path in a snapshot that a tree is compared with. @throws `usage` */
function topOf(within: string | undefined, path: string, header: SnapshotHeader): Uint8Array {
  const meant = manifestPaths(within ?? path, header);
  const only = header.sources.length === 1 ? [Buffer.from(header.sources[0]?.name as string)] : [];
  const tops = meant.length > 0 || within !== undefined ? meant : only;
  if (tops.length === 1) return tops[0] as Uint8Array;
  throw new BmcloudError('usage', `It is not clear what in the snapshot to compare ${path} with`, {
    hint: `Name it with --within, such as --within "${header.sources[0]?.name ?? 'PATH'}"`,
  });
}

/** How the chunks of the snapshot's files are known again. */
function chunksOf(repository: Repository, { domain }: StoredManifest): HasherOptions {
  return {
    idKey: domainKeys(repository.keys, domain).id,
    itemsOf: async ({ snapshot }) => snapshot?.list && (await listItems(snapshot.list, repository.readChunk)),
  };
}
