import { type DiffInfo, differenceInfo } from './difference-info.ts';
import { diskChanges } from './disk-changes.ts';
import { rawEntry } from './entry-info.ts';
import { checkMatched, matchPaths, type PathMatcher } from './match-paths.ts';
import { decodeContent, encodeList } from './model/entry.ts';
import { equalBytes } from './model/ids.ts';
import type { Moment } from './model/moment.ts';
import { compareCursors, type Run, RunCursor } from './model/run.ts';
import { Writer } from './model/wire.ts';
import type { Attendance, Repository } from './repository/repository.ts';
import { stateOf } from './repository/states.ts';
import { chooseSnapshot } from './snapshots.ts';
import { infoOf } from './status.ts';

/** Which two states are compared. */
export interface CompareOptions extends Attendance {
  from: Moment;
  to: Moment | 'disk';
  job?: string;
  /** Only these and what lies below; none: everything. */
  paths: string[];
}

/** What differs from one snapshot to another or to the disk, in the order of paths. @throws `no-snapshot`, `no-job`, `not-found` for a path that neither has, `not-allowed`, `damaged`, `interrupted` */
export async function* compare(opened: Repository, options: CompareOptions): AsyncGenerator<DiffInfo> {
  const repository = opened.attended(options);
  const { from, to, paths } = options;
  const job = options.job === undefined ? {} : { job: options.job };
  const { stored } = await chooseSnapshot(repository, { at: from, ...job });
  const matcher = matchPaths(paths, stored.manifest.header);
  const before = await stateOf(repository, stored);
  if (to === 'disk') {
    const { cache, state, config } = repository.directories;
    const sources = stored.manifest.header.sources.filter(({ kind }) => kind === 'tree');
    const look = {
      sources,
      oneFileSystem: false,
      excludeCaches: true,
      ownDirectories: [cache, state, config],
    };
    for await (const difference of diskChanges(before, look, { same: 0, carried: 0 }, repository)) {
      const info = matcher.matches(difference.path) ? infoOf(difference) : undefined;
      if (info) yield info;
    }
    if (matcher.unmatched().length > 0) await lookFor(matcher, await stateOf(repository, stored));
    return checkMatched(matcher);
  }
  const after = await chooseSnapshot(repository, { at: to, ...job });
  const cursors = [before, await stateOf(repository, after.stored)].map(
    (run) => new RunCursor(run, 'the state of a snapshot'),
  );
  yield* merged(cursors[0] as RunCursor, cursors[1] as RunCursor, matcher);
  checkMatched(matcher);
}

/** Paths without a difference are in a snapshot all the same. */
async function lookFor(matcher: PathMatcher, state: Run): Promise<void> {
  const cursor = new RunCursor(state, 'the state of a snapshot');
  while (cursor.advance() || (await cursor.refill())) matcher.matches(cursor.path());
}

async function* merged(before: RunCursor, after: RunCursor, matcher: PathMatcher): AsyncGenerator<DiffInfo> {
  if (!before.advance()) await before.refill();
  if (!after.advance()) await after.refill();
  while (!before.done || !after.done) {
    const order = before.done ? 1 : after.done ? -1 : compareCursors(before, after);
    const info = matcher.matches((order <= 0 ? before : after).path())
      ? difference(before, after, order)
      : undefined;
    if (info) yield info;
    if (order <= 0 && !before.advance()) await before.refill();
    if (order >= 0 && !after.advance()) await after.refill();
  }
}

function difference(before: RunCursor, after: RunCursor, order: number): DiffInfo | undefined {
  if (order < 0) return differenceInfo(rawEntry(before), undefined);
  if (order > 0) return differenceInfo(undefined, rawEntry(after));
  if (equalBytes(before.entry(), after.entry())) return undefined;
  return differenceInfo(rawEntry(before), rawEntry(after), !equalBytes(listBytes(before), listBytes(after)));
}

function listBytes(cursor: RunCursor): Uint8Array {
  const { list } = decodeContent(cursor.content());
  const writer = new Writer();
  if (list) encodeList(writer, list);
  return writer.take();
}
