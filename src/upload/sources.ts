import { resolve, sep } from 'node:path';
import { BmcloudError } from '../errors.ts';
import { comparePaths, isWithin } from '../model/path.ts';
import { type Run, RunCursor } from '../model/run.ts';
import type { ExplainOptions } from '../scan/explain.ts';
import { identitiesOf, type LookOptions } from '../scan/look.ts';
import { displayNative, nativeOf } from '../scan/native-path.ts';
import type { ScanSource } from '../scan/scan.ts';
import { nameSources } from '../scan/source-names.ts';
import { resolveSources } from '../scan/sources.ts';
import { foldedPath, spelledPath } from '../scan/spelling.ts';
import { isSame } from '../scan/system-stat.ts';
import { isEmptyDirectory } from './empty-directory.ts';
import type { NestedPlace, Place } from './recorded-sources.ts';
import { defaultExcludesOf } from './system.ts';

/** What is backed up, as the user names it. */
export interface SourceOptions extends Pick<LookOptions, 'excludeCaches' | 'rules' | 'ownDirectories'> {
  sources: string[];
  /** More of them, as bytes from a list: paths, never globs. */
  filesFrom?: (string | Uint8Array)[];
  cwd: string;
  /** A source recorded under the first path lies at the second now. */
  sourceMoved?: Record<string, string>;
  allowEmpty: boolean;
  /** What is mounted in one source may be another. */
  oneFileSystem: boolean;
  /** Leave out what every push leaves out. Default: yes. */
  defaultExcludes?: boolean;
}

/** The roots of a job. */
export interface JobSources {
  /** Where they lie now, under the names of their entries. */
  sources: ScanSource[];
  /** Where they lie, and lay. */
  places: Place[];
  /** The paths they are known by: what the default name of the job is made of. */
  known: string[];
  /** What is walked with another source. */
  nested: NestedPlace[];
}

/** @throws `usage`, `source-missing`, `source-unreadable` */
export async function jobSources(options: SourceOptions): Promise<JobSources> {
  const { cwd, sourceMoved = {}, allowEmpty } = options;
  const args = [...options.sources, ...(options.filesFrom ?? [])];
  const resolved = await resolveSources(args, cwd, {
    mayBeMissing: allowEmpty,
    reach: await reachOf(options),
  });
  const { sources } = resolved;
  await refuseOwn(sources, options.ownDirectories);
  const recorded = await movedFrom(sourceMoved, cwd);
  const knownAs = (path: Uint8Array) =>
    Buffer.from(recorded.get(foldedPath(nativeOf(path).toString())) ?? path);
  const known = sources.map(({ path }) => knownAs(path));
  const moved = nameSources(known).map(({ name }, i) => ({ name, path: (sources[i] as ScanSource).path }));
  const named =
    recorded.size === 0
      ? sources
      : moved.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const places = sources.map(({ path }, i): Place => ({ path, known: known[i] as Uint8Array }));
  const nested = resolved.nested.map((place) => ({ ...place, known: knownAs(place.path) }));
  return { sources: named, places, known: known.map((path) => displayNative(nativeOf(path))).sort(), nested };
}

/** Nothing of the program's own is ever walked: a snapshot of that alone would be empty. @throws `usage` */
async function refuseOwn(sources: ScanSource[], ownDirectories: string[]): Promise<void> {
  const own = await identitiesOf(ownDirectories);
  const named = await Promise.all(sources.map(({ path }) => identitiesOf([nativeOf(path)])));
  const isOwn = named.every(([identity]) => identity && own.some((one) => isSame(one, identity)));
  if (!isOwn || sources.length === 0) return;
  const shown = sources.map(({ path }) => displayNative(nativeOf(path))).join(', ');
  throw new BmcloudError('usage', `${shown} is bmcloud's own and is never backed up`, {
    hint: 'Copy what you need of it to another directory',
  });
}

/** What decides where the walk of a source goes. */
async function reachOf(options: SourceOptions): Promise<ExplainOptions> {
  const { oneFileSystem, excludeCaches, rules, ownDirectories } = options;
  return {
    oneFileSystem,
    excludeCaches,
    ...(rules && { rules }),
    defaultExcludes: defaultExcludesOf(options),
    excludedIdentities: await identitiesOf(ownDirectories),
  };
}

/** Where sources lay, by where they lie now. */
async function movedFrom(sourceMoved: Record<string, string>, cwd: string): Promise<Map<string, string>> {
  const recorded = new Map<string, string>();
  for (const [from, to] of Object.entries(sourceMoved)) {
    const before = resolve(cwd, from);
    recorded.set(foldedPath(resolve(cwd, to)), sep === '\\' ? await spelledPath(before) : before);
  }
  return recorded;
}

/** The name of a job that was given none: host and sources, so that two sets of sources are two jobs. */
export function defaultJobName(host: string, known: string[]): string {
  return `${host}:${known.join(',')}`;
}

/**
 * Stops a push that would record everything as deleted: an empty directory where there were files is a disk that is not mounted
 * far more often than it is meant.
 * @throws `source-empty`
 */
export async function refuseEmptySources(sources: ScanSource[], previous: () => Promise<Run>): Promise<void> {
  for (const { name, path } of sources) {
    if (
      !(await isEmptyDirectory(nativeOf(path))) ||
      !(await hasEntriesBelow(await previous(), Buffer.from(name)))
    )
      continue;
    throw new BmcloudError(
      'source-empty',
      `${displayNative(nativeOf(path))} is empty, but had files at the last push`,
      {
        hint: 'Check that the disk is mounted; if it is meant to be empty, use --allow-empty',
      },
    );
  }
}

async function hasEntriesBelow(state: Run, root: Uint8Array): Promise<boolean> {
  const cursor = new RunCursor(state, 'the last known state');
  try {
    while (cursor.advance() || (await cursor.refill())) {
      const path = cursor.path();
      if (path.length > root.length && isWithin(path, root)) return true;
      if (comparePaths(path, root) > 0) return false;
    }
    return false;
  } finally {
    await cursor.close();
  }
}
