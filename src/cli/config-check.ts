import { z } from 'zod';
import { type ConfigValues, job, schema, shortForm } from './config-schema.ts';
import { nearest } from './nearest.ts';

/** What is wrong in a configuration, and where: the names and positions that lead there. */
export interface ConfigProblem {
  place: (string | number)[];
  problem: string;
  /** What to do about it. */
  hint?: string | undefined;
  /** A name that should not be there, and those that may. */
  unknown?: { name: string; known: string[] };
}

/** Validates a parsed bmcloud.json: its values, or the first thing that is wrong. */
export function checkConfig(value: unknown): { values: ConfigValues } | ConfigProblem {
  const checked = schema.safeParse(value, { reportInput: true });
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

/** Of the short form: what none of them names is out. */
export const namingLists = ['include_dirs', 'track_dirs', 'include_files', 'track_files'] as const;

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
    if (src !== undefined && namingLists.every((key) => (others[key] ?? []).length === 0))
      return {
        place: [...place, 'src'],
        problem: 'nothing in it is named',
        hint: `Name it in ${namingLists.join(', ')}; "." in a list of directories is all of it`,
      };
  }
  return undefined;
}

/** What is wrong with the value of a setting of a job; undefined: nothing. */
export function jobSettingProblem(name: keyof typeof job.shape, value: unknown): string | undefined {
  const [first] = job.shape[name].safeParse(value, { reportInput: true }).error?.issues ?? [];
  if (!first) return undefined;
  const issue = deepest(first as z.core.$ZodIssue);
  return [...issue.path, problemOf(issue)].join(': ');
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
  if (kind !== undefined) return `expected ${kind}`;
  if (issue.code === 'invalid_value') return noneOf(issue.values.map(String), issue.input);
  if (issue.code === 'invalid_key') return 'is no name';
  if (issue.code === 'too_small')
    return issue.origin === 'array' ? 'is empty' : `is less than ${issue.minimum}`;
  if (issue.code === 'too_big' && issue.origin !== 'array') return `is more than ${issue.maximum}`;
  return issue.message;
}

function noneOf(values: string[], given: unknown): string {
  const meant = typeof given === 'string' ? nearest(given, values) : undefined;
  const known = values.map((value) => `"${value}"`).join(', ');
  return `is none of ${known}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

/** Of a union, what the alternative misses that was most likely meant: one of the right kind, but for something in it. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const alternatives = issue.errors.flat();
  const inner =
    alternatives.find(({ code }) => code === 'unrecognized_keys') ??
    alternatives
      .filter(({ code, path }) => code !== 'invalid_type' || path.length > 0)
      .sort((a, b) => b.path.length - a.path.length)[0];
  if (inner) return { ...deepest(inner), path: [...issue.path, ...inner.path] };
  const expected = alternatives.map((one) => ('expected' in one ? kinds[one.expected] : undefined));
  return { ...issue, message: `expected ${[...new Set(expected)].filter(Boolean).join(', or ')}` };
}

/** The names that may stand at a place. */
function namesAt(place: (string | number)[]): string[] {
  const types = place.reduce<z.core.$ZodType[]>(
    (around, part) => around.flatMap(alternatives).flatMap((type) => inside(type, part)),
    [schema],
  );
  return types
    .flatMap(alternatives)
    .flatMap((type) => (type instanceof z.ZodObject ? Object.keys(type.shape) : []));
}

/** A type, without that it may be absent; of a union, its alternatives. */
function alternatives(type: z.core.$ZodType): z.core.$ZodType[] {
  if (type instanceof z.ZodOptional) return alternatives(type.unwrap());
  return type instanceof z.ZodUnion ? type.options.flatMap(alternatives) : [type];
}

function inside(type: z.core.$ZodType, part: string | number): z.core.$ZodType[] {
  if (type instanceof z.ZodRecord) return [type.valueType];
  const found: z.core.$ZodType | undefined = type instanceof z.ZodObject ? type.shape[part] : undefined;
  return found ? [found] : [];
}
