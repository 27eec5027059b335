import type { z } from 'zod';
import { type ConfigValues, hooks, job, profile, schedule, schema, shortForm } from './config-schema.ts';

/** What is wrong in a configuration, and where: the names and positions that lead there. */
export interface ConfigProblem {
  place: (string | number)[];
  problem: string;
  /** A name that should not be there, and those that may. */
  unknown?: { name: string; known: string[] };
}

/** Validates a parsed bmcloud.json: its values, or the first thing that is wrong. */
export function checkConfig(value: unknown): { values: ConfigValues } | ConfigProblem {
  const checked = schema.safeParse(value);
  if (checked.success) return sourceProblem(checked.data) ?? { values: checked.data };
  const { issues } = checked.error;
  // A misspelled name is often why another is missing.
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const issue = deepest(first as z.core.$ZodIssue);
  const place = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code !== 'unrecognized_keys') return { place, problem: problemOf(issue) };
  const [name = ''] = issue.keys;
  return { place: [...place, name], problem: 'is no setting', unknown: { name, known: namesAt(place) } };
}

/** Rules of jobs with `sources`. */
export const ordinaryLists = [
  'exclude',
  'iexclude',
  'include',
  'excludeFiles',
  'excludeIfPresent',
  'excludeLargerThan',
  'ignoreFiles',
] as const;

/** A job says what it backs up in one of two ways. */
function sourceProblem({ jobs = {} }: ConfigValues): ConfigProblem | undefined {
  for (const [name, { sources, src, ...others }] of Object.entries(jobs)) {
    const place = ['jobs', name];
    if (sources === undefined && src === undefined) return { place, problem: 'has no "sources"' };
    const [list] = Object.keys(shortForm).filter((key) => key in others);
    if (sources && src !== undefined)
      return { place: [...place, 'src'], problem: 'there are "sources" already' };
    if (sources && list !== undefined)
      return { place: [...place, list], problem: 'goes with "src", not with "sources"' };
    const exclusion = ordinaryLists.find((key) => key in others);
    if (src !== undefined && exclusion !== undefined)
      return {
        place: [...place, exclusion],
        problem: 'goes with "sources"; with "src" there is exclude_files',
      };
  }
  return undefined;
}

const kinds: Record<string, string> = {
  array: 'a list, such as ["…"]',
  object: 'an object, such as { "…": … }',
  record: 'an object, such as { "…": … }',
  string: 'text, such as "…"',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

/** What was expected, in words for people. */
function problemOf(issue: z.core.$ZodIssue): string {
  const kind = issue.code === 'invalid_type' ? kinds[issue.expected] : undefined;
  return kind === undefined ? issue.message : `expected ${kind}`;
}

/** Of a union, what the nearest alternative misses. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
  return inner && inner.path.length > 0 ? { ...deepest(inner), path: [...issue.path, ...inner.path] } : issue;
}

/** The names that may stand at a place. */
function namesAt(place: (string | number)[]): string[] {
  const [first, , third] = place;
  const inHooks = place.at(-1) === 'hooks';
  if (inHooks) return Object.keys(hooks.shape);
  if (place.at(-1) === 'limits') return ['upload', 'download'];
  if (first === 'jobs' && third === 'schedule') return Object.keys(schedule.shape);
  if (first === 'jobs' && third === undefined) return Object.keys(job.shape);
  if (first === 'profiles' && third === undefined) return Object.keys(profile.shape);
  return place.length === 0 ? Object.keys(schema.shape) : [];
}
