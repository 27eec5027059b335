import { lstat } from 'node:fs/promises';
import { matchesGlob, resolve, sep } from 'node:path';
import type { Source } from '../model/snapshot.ts';
import { displayNative, nativeOf } from '../scan/native-path.ts';
import { isGone } from '../scan/problems.ts';
import type { ScanSource } from '../scan/scan.ts';
import { firstFree, sourceName } from '../scan/source-names.ts';
import { isGlob } from '../scan/sources.ts';
import { foldedPath } from '../scan/spelling.ts';
import { isEmptyDirectory } from './empty-directory.ts';
import type { SourceOptions } from './sources.ts';

/*
 * Sources under the names that the last snapshot has them by. What cannot be looked at stays as it was, and what was is found by the name of
 * its source: counted anew from the paths of today, the name of one source could be that of another.
 */

/** Where a source lies. */
export interface Place {
  path: Uint8Array;
  /** Where it lay when it was last backed up; mostly the same. */
  known: Uint8Array;
}

/** One that another source is walked around. */
export interface NestedPlace extends Place {
  within: Uint8Array;
}

/**
 * Names places as they were recorded. With those go places that were recorded, that a glob means, and that are not there: a disk that is
 * away is missing, not deleted. So do nested ones that were sources beside: with the disk goes what told it from the walk around it.
 * @returns sorted by name
 */
export async function recordedSources(
  { places, nested }: { places: Place[]; nested: Place[] },
  recorded: Source[],
  options: Pick<SourceOptions, 'sources' | 'cwd' | 'allowEmpty'>,
): Promise<ScanSource[]> {
  const trees = recorded.filter(({ kind }) => kind === 'tree');
  const absent = options.allowEmpty
    ? []
    : [...(await absentPlaces(places, trees, options)), ...(await unmountedPlaces(nested, trees))];
  const named = namesOf([...places, ...absent], trees);
  return named.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

function namesOf(places: Place[], recorded: ScanSource[]): ScanSource[] {
  const before = places.map(({ path, known }) => (at(recorded, known) ?? at(recorded, path))?.name);
  const taken = new Set(before);
  return places.map(({ path, known }, i) => {
    const name = before[i] ?? firstFree(sourceName(known), taken);
    taken.add(name);
    return { name, path };
  });
}

async function absentPlaces(
  places: Place[],
  recorded: ScanSource[],
  { sources, cwd }: Pick<SourceOptions, 'sources' | 'cwd'>,
): Promise<Place[]> {
  const globs = sources.filter(isGlob).map((glob) => resolve(cwd, glob));
  const absent: Place[] = [];
  for (const { path } of globs.length > 0 ? recorded : []) {
    const isNamed = places.some((place) => isSamePath(place.path, path) || isSamePath(place.known, path));
    const shown = displayNative(nativeOf(path));
    // Its own name may be spelled like a glob, which finds others.
    const isMeant = globs.some((glob) => glob === shown || matchesGlob(shown, glob));
    if (!isNamed && isMeant && (await isAway(path))) absent.push({ path, known: path });
  }
  return absent;
}

/** Those that were sources, and of which nothing is there. */
async function unmountedPlaces(nested: Place[], recorded: ScanSource[]): Promise<Place[]> {
  const unmounted: Place[] = [];
  for (const place of nested) {
    const wasSource = at(recorded, place.known) ?? at(recorded, place.path);
    if (wasSource && ((await isAway(place.path)) || (await isEmptyDirectory(nativeOf(place.path)))))
      unmounted.push(place);
  }
  return unmounted;
}

async function isAway(path: Uint8Array): Promise<boolean> {
  try {
    await lstat(nativeOf(path));
    return false;
  } catch (error) {
    return isGone(error);
  }
}

function at(recorded: ScanSource[], path: Uint8Array): ScanSource | undefined {
  return recorded.find((source) => isSamePath(source.path, path));
}

function isSamePath(a: Uint8Array, b: Uint8Array): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  const folded = (path: Uint8Array) => foldedPath(Buffer.from(path).toString());
  return sep === '\\' && folded(a) === folded(b);
}
