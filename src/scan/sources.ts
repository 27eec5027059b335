import { lstat, stat } from 'node:fs/promises';
import { posix, resolve, sep } from 'node:path';
import { BmcloudError, messageOf } from '../errors.ts';
import type { ScanSource } from './batch.ts';
import { type ExplainOptions, reachOf } from './explain.ts';
import type { Name } from './listing.ts';
import { manifestPath, nativeOf } from './native-path.ts';
import { isGone } from './problems.ts';
import { nameSources, sourceName } from './source-names.ts';
import { foldedPath, spelledPath } from './spelling.ts';

export { readFilesFrom } from './files-from.ts';

export interface ResolvedSources {
  /** Sorted by name as bytes. Among them may be some that are not there: the scan reports each. */
  sources: ScanSource[];
  /** What was left out because it lies within another source. Absolute native paths. */
  nested: { path: Uint8Array; within: Uint8Array }[];
}

const GLOB = /[*?[\]{}()!]/;

/**
 * The sources that arguments mean: paths, or globs where no such path exists. Bytes (from a list of files) are always paths.
 * A glob that matches nothing stands for itself, as in a shell, so that the scan reports it missing.
 * @throws `usage` without arguments, `source-missing` when none of them exists (unless they `mayBeMissing`), `source-unreadable` when a glob cannot be expanded
 * @param options.reach what decides where the walk of a source goes: a path in another one where that does not come is a source beside
 */
export async function resolveSources(
  args: (string | Uint8Array)[],
  cwd: string,
  { mayBeMissing = false, reach }: { mayBeMissing?: boolean; reach?: ExplainOptions } = {},
): Promise<ResolvedSources> {
  if (args.length === 0) throw new BmcloudError('usage', 'No source was given', { hint: 'Name a directory' });
  const paths: Uint8Array[] = [];
  for (const argument of args)
    for (const path of await expand(argument, cwd)) paths.push(await spelled(path));
  if (!mayBeMissing) await checkAnyExists(paths);
  const { kept, nested } = withoutNested(paths, reach);
  return { sources: nameSources(kept).sort(byName), nested };
}

async function spelled(path: Uint8Array): Promise<Uint8Array> {
  return sep === '\\' ? Buffer.from(await spelledPath(Buffer.from(path).toString())) : path;
}

async function expand(argument: string | Uint8Array, cwd: string): Promise<Uint8Array[]> {
  if (typeof argument !== 'string') return [absoluteBytes(argument, cwd)];
  const matches = (await globMatches(argument, cwd)) ?? [];
  return (matches.length === 0 ? [resolve(cwd, argument)] : matches).map((path) => Buffer.from(path));
}

/** Whether an argument may mean more than the path that it spells. */
export function isGlob(argument: string): boolean {
  return GLOB.test(argument);
}

/**
 * The absolute paths that a glob finds, as a push expands it; undefined for what is no glob, or a path that is there.
 * @throws `source-unreadable` when it cannot be expanded
 */
export async function globMatches(argument: string, cwd: string): Promise<string[] | undefined> {
  if (!isGlob(argument) || (await answers(lstat(resolve(cwd, argument))))) return undefined;
  const matches = await matchesOf(argument, cwd);
  return matches.map((match) => resolve(cwd, match));
}

async function matchesOf(pattern: string, cwd: string): Promise<string[]> {
  const { default: glob } = await import('fast-glob');
  const portable = sep === '\\' ? pattern.replaceAll('\\', '/') : pattern;
  try {
    return await glob(portable, { cwd, onlyFiles: false, followSymbolicLinks: false });
  } catch (error) {
    throw new BmcloudError('source-unreadable', `Cannot expand "${pattern}": ${messageOf(error)}`, {
      hint: 'Name the directories themselves, or a narrower pattern',
      cause: error,
    });
  }
}

/** One character a byte, so that names that are not UTF-8 come through. */
function absoluteBytes(path: Uint8Array, cwd: string): Uint8Array {
  if (sep === '\\') return Buffer.from(resolve(cwd, Buffer.from(path).toString()));
  const directory = Buffer.from(cwd).toString('latin1');
  return Buffer.from(posix.resolve(directory, Buffer.from(path).toString('latin1')), 'latin1');
}

async function checkAnyExists(paths: Uint8Array[]): Promise<void> {
  for (const path of paths) if (await answers(stat(nativeOf(path)))) return;
  const first = nativeOf(paths[0] as Uint8Array).toString();
  const message = paths.length === 1 ? `${first} does not exist` : 'None of the sources exists';
  throw new BmcloudError('source-missing', message, {
    hint: 'Check the path, and that the disk is mounted',
    data: { sources: paths.map((path) => nativeOf(path).toString()) },
  });
}

/** Anything but a clear "no" counts as there: what the trouble is, the scan tells. */
async function answers(looking: Promise<unknown>): Promise<boolean> {
  try {
    await looking;
    return true;
  } catch (error) {
    return !isGone(error);
  }
}

/** Each path once, and none that is walked with another: its files would be there twice. */
function withoutNested(
  paths: Uint8Array[],
  reach: ExplainOptions | undefined,
): { kept: Uint8Array[]; nested: ResolvedSources['nested'] } {
  const kept: Uint8Array[] = [];
  const nested: ResolvedSources['nested'] = [];
  // Sorted, whatever lies below a path follows it directly: of those kept, only these can be around the next.
  let around: Placed[] = [];
  const places = paths.map((path): Placed => ({ path, key: keyOf(path), isReached: reachIn(path, reach) }));
  for (const candidate of places.sort((a, b) => (a.key < b.key ? -1 : 1))) {
    around = around.filter(({ key }) => candidate.key.startsWith(key));
    if (around.some(({ key }) => key === candidate.key)) continue;
    const walked = around.find(({ isReached }) => isReached(candidate.path));
    if (walked) nested.push({ path: candidate.path, within: walked.path });
    else {
      kept.push(candidate.path);
      around.push(candidate);
    }
  }
  return { kept, nested };
}

interface Placed {
  path: Uint8Array;
  key: string;
  /** Whether the walk of it comes to a path in it. */
  isReached: (path: Uint8Array) => boolean;
}

/** Whoever names a path means it, whatever keeps the walk of another source from it: rules, a link, another file system. */
function reachIn(outer: Uint8Array, reach: ExplainOptions | undefined): (path: Uint8Array) => boolean {
  if (!reach) return () => true;
  const name = sourceName(outer);
  const reaches = reachOf({ name, path: outer }, reach);
  return (path) => {
    const inside = Buffer.from(manifestPath(name, outer, nativeOf(path)) ?? name);
    return reaches(namesIn(inside.subarray(Buffer.byteLength(name) + 1)));
  };
}

/** Not by text: names that are none would be others. */
function namesIn(path: Uint8Array): Name[] {
  const components = Buffer.from(path).toString('latin1').split('/').filter(Boolean);
  return components.map((component) => nativeOf(Buffer.from(component, 'latin1')));
}

/** Equal for equal paths, and a prefix of the keys of all paths below. On Windows case does not tell paths apart. */
function keyOf(path: Uint8Array): string {
  const bytes = Buffer.from(path);
  const text = sep === '\\' ? foldedPath(bytes.toString()) : bytes.toString('latin1');
  return text.endsWith(sep) ? text : text + sep;
}

function byName(a: ScanSource, b: ScanSource): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}
