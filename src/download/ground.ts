import { matchPaths, type PathMatcher } from '../match-paths.ts';
import type { OnEvent } from '../model/events.ts';
import type { Run } from '../model/run.ts';
import type { SnapshotHeader } from '../model/snapshot.ts';
import type { StoredManifest } from '../repository/manifest-objects.ts';
import type { Repository } from '../repository/repository.ts';
import { stateOf } from '../repository/states.ts';
import { trackedAnd } from './mirrored.ts';
import type { RestoreOptions } from './options.ts';
import { foldsThere, targetOf } from './roots.ts';
import type { Target } from './target.ts';
import { type Visitor, walkEntries } from './walk.ts';

/** What stays the same throughout a restore. */
export interface RestoreGround {
  repository: Repository;
  /** The domain of the manifest: its chunks are of the same. */
  domain: Uint8Array;
  header: SnapshotHeader;
  options: RestoreOptions;
  target: Target;
  matcher: PathMatcher;
  signal: AbortSignal | undefined;
  tell: OnEvent;
  /** Goes through the entries that are meant. */
  walk: (visitor: Visitor) => Promise<void>;
}

/** @param newest whose untracked entries count; absent: there are none, or `stored` is it. @throws `target`, `usage` */
export function groundOf(
  repository: Repository,
  stored: StoredManifest,
  newest: StoredManifest | undefined,
  options: RestoreOptions,
): RestoreGround {
  const { header } = stored.manifest;
  const { signal, tell } = repository;
  const entries = async () => await entriesFor(repository, stored, newest, options);
  const matcher = matchPaths(options.paths, header);
  const target = targetOf(header, options.target);
  if (options.deleteExtra) target.folds = foldsThere(target);
  return {
    repository,
    domain: stored.domain,
    header,
    options,
    target,
    matcher,
    signal,
    tell,
    walk: async (visitor) => walkEntries(await entries(), { target, matcher, signal }, visitor),
  };
}

/** What stood there then: tracked entries as of then, untracked ones as they are now, if they are wanted. */
async function entriesFor(
  repository: Repository,
  stored: StoredManifest,
  newest: StoredManifest | undefined,
  { trackedOnly }: RestoreOptions,
): Promise<Run> {
  const state = await stateOf(repository, stored);
  if (trackedOnly) return trackedAnd(state, []);
  return newest ? trackedAnd(state, await stateOf(repository, newest)) : state;
}
