import path from 'node:path';
import { withHome } from './config-paths.ts';
import { usage } from './failure.ts';

/*
 * The list of sources that a job has in its file, and what was typed: one place may be spelled in many ways.
 */

/** Where spellings start from. */
export interface ListPlaces {
  /** Where the user is. */
  cwd: string;
  /** Where the configuration file is. */
  directory: string;
  /** Paths are those of Windows. */
  windows: boolean;
  /** What a glob finds on the disk; undefined for what is none. */
  find: (glob: string, cwd: string) => Promise<string[] | undefined>;
}

/** A list with more sources. */
export interface LongerList {
  sources: string[];
  /** What was there already, and how it is spelled there. */
  known: { path: string; as: string }[];
}

/** The list with more sources, each place once. @param added absolute paths */
export function withSources(before: string[], added: string[], places: ListPlaces): LongerList {
  const sources = [...before];
  const known: LongerList['known'] = [];
  for (const one of new Set(added)) {
    const as = sources.find((source) => isSamePlace(source, one, places));
    if (as === undefined) sources.push(one);
    else if (before.includes(as)) known.push({ path: one, as });
  }
  return { sources, known };
}

/** What words stand for that are to be added: paths, and what globs find that no shell expanded. @throws `usage` for a glob that finds nothing */
export async function pathsOf(
  words: string[],
  { cwd, find }: Pick<ListPlaces, 'cwd' | 'find'>,
): Promise<string[]> {
  const paths: string[] = [];
  for (const word of words) {
    const found = (await find(word, cwd)) ?? [path.resolve(cwd, withHome(word))];
    if (found.length === 0) throw usage(`"${word}" finds nothing`, 'It is a pattern, and no path is like it');
    paths.push(...found.toSorted());
  }
  return paths;
}

/** The list without some. @param removed as they were typed: as in the file, or by where they are, or a pattern @throws `usage` for one that is not in it */
export async function withoutSources(
  before: string[],
  removed: string[],
  places: ListPlaces,
): Promise<string[]> {
  const gone = new Set<string>();
  for (const word of removed) for (const one of await meant(before, word, places)) gone.add(one);
  return before.filter((one) => !gone.has(one));
}

async function meant(sources: string[], word: string, places: ListPlaces): Promise<string[]> {
  if (sources.includes(word)) return [word];
  const typed = absolute(withHome(word), places.cwd, places);
  const paths = [typed, ...((await places.find(word, places.cwd)) ?? [])];
  const found = sources.filter((one) => paths.some((wanted) => isSamePlace(one, wanted, places)));
  if (found.length > 0) return found;
  throw usage(`"${word}" is no source of the job`, `There are: ${sources.join(', ')}`);
}

/** @param source as the file has it @param wanted an absolute path */
function isSamePlace(source: string, wanted: string, places: ListPlaces): boolean {
  const [a, b] = [source, wanted].map((one) => {
    const whole = absolute(withHome(one), places.directory, places);
    return places.windows ? whole.toLowerCase() : whole;
  });
  return a === b;
}

/** Without `.`, `..` and a separator at the end. */
function absolute(one: string, from: string, { windows }: ListPlaces): string {
  return (windows ? path.win32 : path.posix).resolve(from, one);
}
