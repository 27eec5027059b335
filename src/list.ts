import { type EntryInfo, entryInfo, rawEntry } from './entry-info.ts';
import { checkMatched, manifestPaths, matchPaths } from './match-paths.ts';
import type { Moment } from './model/moment.ts';
import { isWithin, splitPath } from './model/path.ts';
import { RunCursor } from './model/run.ts';
import type { Attendance, Repository } from './repository/repository.ts';
import { stateOf } from './repository/states.ts';
import { chooseSnapshot } from './snapshots.ts';

/** What of which snapshot is listed. */
export interface ListOptions extends Attendance {
  at: Moment;
  job?: string;
  /** Directory, file or glob; absent: the sources. */
  path?: string;
  /** Whatever lies below, too. */
  recursive: boolean;
}

/**
 * The entries of a snapshot in the order of their paths: those meant and what lies directly in them, or all below.
 * @throws `no-snapshot`, `no-job`, `not-allowed`, `damaged`, `interrupted`; `not-found` when the snapshot has no such path
 */
export async function* list(opened: Repository, options: ListOptions): AsyncGenerator<EntryInfo> {
  const repository = opened.attended(options);
  const { path, recursive } = options;
  const { stored } = await chooseSnapshot(repository, options);
  const { header } = stored.manifest;
  const matcher = matchPaths(path === undefined ? [] : [path], header);
  const roots =
    path === undefined ? header.sources.map(({ name }) => Buffer.from(name)) : manifestPaths(path, header);
  const cursor = new RunCursor(await stateOf(repository, stored), 'the state of a snapshot');
  while (cursor.advance() || (await cursor.refill())) {
    const entry = cursor.path();
    if (!matcher.matches(entry)) continue;
    if (recursive || isShallow(entry, roots, path !== undefined)) yield entryInfo(rawEntry(cursor));
  }
  checkMatched(matcher);
}

/** Without a path the sources alone are shown; of a directory that was named, what lies directly in it. */
function isShallow(path: Uint8Array, roots: Uint8Array[], named: boolean): boolean {
  const root = roots.find((one) => isWithin(path, one));
  if (!root) return true;
  const below = splitPath(path).length - splitPath(root).length;
  return below <= (named ? 1 : 0);
}
