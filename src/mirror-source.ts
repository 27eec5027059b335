import { existsSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { targetOf } from './download/roots.ts';
import { refusalOf } from './download/target.ts';
import { BmcloudError } from './errors.ts';
import { checkMatched, matchPaths, type PathMatcher } from './match-paths.ts';
import { diskSource } from './mirror/disk-source.ts';
import type { Ground } from './mirror/ground.ts';
import { listIncrements } from './mirror/increments.ts';
import { nameIn } from './mirror/paths.ts';
import { repositorySource } from './mirror/repository-source.ts';
import type { MirrorSource } from './mirror/source.ts';
import type { OnEvent } from './model/events.ts';
import type { Moment } from './model/moment.ts';
import { displayPath } from './model/path.ts';
import { type Run, RunCursor, RunWriter } from './model/run.ts';
import type { Source } from './model/snapshot.ts';
import { isDirectory } from './model/tally.ts';
import { defaultRetry, type RetryPolicy } from './read/retry.ts';
import type { Repository } from './repository/repository.ts';
import { stateOf } from './repository/states.ts';
import type { NativePath } from './scan/disk.ts';
import { type LookOptions, look } from './scan/look.ts';
import { nativeOf } from './scan/native-path.ts';
import type { ScanSource } from './scan/scan.ts';
import { chooseSnapshot } from './snapshots.ts';
import type { ShadowMode } from './upload/ladder.ts';
import { recordedSources } from './upload/recorded-sources.ts';
import { jobSources, refuseEmptySources, type SourceOptions } from './upload/sources.ts';
import { type ClosableViews, defaultExcludesOf, systemViews } from './upload/system.ts';

/** Files as they are on disk now. */
export interface MirrorFromDisk extends SourceOptions, Omit<LookOptions, 'sources' | 'defaultExcludes'> {
  /** Leave out what every push leaves out. Default: yes. */
  defaultExcludes?: boolean;
  /** Which of the files that the rules track are tracked, by their entries. Default: all. */
  isTracked?: (entry: Uint8Array) => boolean;
  /** How often, and after which wait, a file that is held is read again. */
  retry?: Partial<RetryPolicy>;
  /** When files are read from a frozen view of their volume. Default: `auto`, what nothing else helps with. */
  shadow?: ShadowMode;
  /** Where frozen views come from. Default: what this system has. */
  views?: ClosableViews;
}

/** Files as they were in a snapshot. */
export interface MirrorFromRepository {
  repository: Repository;
  at: Moment;
  job?: string;
  /** Only these; none: everything. */
  paths: string[];
}

/** Where a mirror gets its files from. */
export type MirrorFrom = { disk: MirrorFromDisk } | { snapshot: MirrorFromRepository };

type Places = Pick<Ground, 'to' | 'mirror'>;

/** @throws `usage`, `source-missing`, `source-empty`; `no-snapshot`, `no-job`, `not-found`, `not-allowed`, `damaged` */
export async function sourceOf(
  from: MirrorFrom,
  places: Places,
  surroundings: Surroundings,
): Promise<MirrorSource> {
  return 'disk' in from
    ? await onDisk(from.disk, places, surroundings)
    : await inSnapshot(from.snapshot, places);
}

interface Surroundings {
  now: Date;
  onEvent: OnEvent;
  signal?: AbortSignal;
}

async function onDisk(
  disk: MirrorFromDisk,
  { to, mirror }: Places,
  { now, onEvent, signal }: Surroundings,
): Promise<MirrorSource> {
  const sources = await mirroredSources(disk, to);
  for (const { path } of sources) refuseItself(nativeOf(path), to, mirror);
  const { isTracked = () => true, retry, ownDirectories, shadow = 'auto', views } = disk;
  if (!disk.allowEmpty) await refuseEmptySources(sources, () => mirrored(sources, { to, mirror }));
  return diskSource({
    ...disk,
    sources,
    defaultExcludes: defaultExcludesOf(disk),
    // A mirror that lies in its source is not mirrored.
    ownDirectories: [...ownDirectories, to],
    isTracked,
    time: now,
    retry: { ...defaultRetry, ...(signal && { signal }), ...retry },
    frozen: {
      mode: shadow,
      views: views ?? systemViews(onEvent, signal),
      onNotFrozen: (why) =>
        onEvent({ type: 'warning', message: `Files are read from the live volume: ${why}` }),
    },
    platform: process.platform === 'win32' ? 'windows' : 'posix',
  });
}

/** With those that the mirror has and whose disk is away: a glob finds them no more, or one that they lie in seems to hold them. */
async function mirroredSources(disk: MirrorFromDisk, to: string): Promise<ScanSource[]> {
  const planned = await jobSources(disk);
  const before = (await listIncrements(to)).at(-1)?.header.sources ?? [];
  const recorded = before.map(({ name, path }): Source => ({ name, path: Buffer.from(path), kind: 'tree' }));
  const sources = await recordedSources(planned, recorded, disk);
  return sources.length > planned.sources.length ? sources : planned.sources;
}

/** @throws `usage` */
function refuseItself(source: NativePath, to: string, mirror: string): void {
  const path = existsSync(source) ? realpathSync(source).toString() : source.toString();
  if (path !== to && path !== mirror && !path.startsWith(mirror + sep)) return;
  throw new BmcloudError('usage', `${path} cannot be mirrored to itself`, {
    hint: 'Choose another directory with --to',
  });
}

/** What the mirror has of each source, under its name: a change of the sources changes how they lie there. */
async function mirrored(sources: ScanSource[], { to, mirror }: Places): Promise<Run> {
  const now = sources.map(({ name, path }) => ({ name, path: displayPath(path) }));
  const header = (await listIncrements(to)).at(-1)?.header.sources ?? [];
  const before = now.some((source) => nameIn(header, source) !== undefined) ? header : now;
  const roots = now.flatMap((source) => {
    const name = nameIn(before, source);
    const place = before.length === 1 ? mirror : `${mirror}/${name}`;
    return name === undefined ? [] : [{ name: source.name, path: Buffer.from(place) }];
  });
  const what = { oneFileSystem: false, excludeCaches: false, defaultExcludes: 'none' as const };
  return look({ ...what, sources: roots, ownDirectories: [] }, () => {});
}

async function inSnapshot(from: MirrorFromRepository, { mirror }: Places): Promise<MirrorSource> {
  const { repository, at, job, paths } = from;
  const { info, stored } = await chooseSnapshot(repository, { at, paths, ...(job !== undefined && { job }) });
  const { header } = stored.manifest;
  const matcher = matchPaths(paths, header);
  const target = targetOf(header, { to: mirror });
  const state = () => selected(stateOf(repository, stored), matcher);
  return repositorySource({
    repository,
    header,
    snapshot: info.id,
    time: info.time,
    entries: state,
    refusal: (entry) => refusalOf(target, entry),
  });
}

/** @throws `not-found` when an argument means nothing */
async function* selected(state: Promise<Run>, matcher: PathMatcher): AsyncGenerator<Uint8Array> {
  const cursor = new RunCursor(await state, 'the state of a snapshot');
  const out = new RunWriter();
  try {
    while (cursor.advance() || (await cursor.refill())) {
      const path = cursor.path();
      if (matcher.matches(path) || (isDirectory(cursor.stat()) && matcher.leadsTo(path)))
        out.append(cursor.entry());
      if (out.full) yield out.take();
    }
  } finally {
    await cursor.close();
  }
  if (out.length > 0) yield out.take();
  checkMatched(matcher);
}
