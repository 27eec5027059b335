import { open } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError, isBmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import type { ConfigProblem } from './config-check.ts';
import { decidingUsers, type MayDecide, refuseForeignConfig } from './config-owner.ts';
import { withWholePaths } from './config-paths.ts';
import type { ConfigValues, JobValues, ProfileValues } from './config-schema.ts';
import type { ConfigText } from './config-text.ts';
import { nearest } from './nearest.ts';

/** A configuration and the file it came from. */
export interface Config {
  /** Absent: there is none. */
  file?: string;
  values: ConfigValues;
}

export interface ConfigPlaces {
  /** `--config`. */
  flag: string | undefined;
  /** `BMCLOUD_CONFIG`. */
  variable: string | undefined;
  cwd: string;
  /** The user's configuration directory. */
  directory: string;
  /** Whose file in the working directory is taken; by default decidingUsers(). */
  mayDecide?: MayDecide;
}

/**
 * The first configuration there is: `--config`, `BMCLOUD_CONFIG`, `./bmcloud.json`, the user's. A file that was named must exist.
 * One that merely lies in the working directory must be of a user who may decide for us.
 * @throws `config`
 */
export async function loadConfig(places: ConfigPlaces): Promise<Config> {
  const named = places.flag ?? (places.variable || undefined);
  if (named !== undefined) return loadFile(path.resolve(places.cwd, named), true);
  const here = path.join(places.cwd, 'bmcloud.json');
  const text = await readConfigText(here, places.mayDecide ?? decidingUsers());
  if (text === undefined) return loadFile(userConfigFile(places.directory), false);
  return { file: here, values: await parseConfig(text, here) };
}

/** The user's own bmcloud.json. */
export function userConfigFile(directory: string): string {
  return path.join(directory, 'bmcloud.json');
}

async function loadFile(file: string, mustExist: boolean): Promise<Config> {
  const text = await readConfigText(file);
  if (text !== undefined) return { file, values: await parseConfig(text, file) };
  if (!mustExist) return { values: {} };
  throw new BmcloudError('config', `There is no configuration file ${file}`, {
    hint: 'Check --config and BMCLOUD_CONFIG, or make one: "bmcloud config init"',
  });
}

/** @param mayDecide whose file it may be @returns undefined if the file does not exist @throws `config` */
export async function readConfigText(file: string, mayDecide?: MayDecide): Promise<string | undefined> {
  try {
    return (await textOf(file, mayDecide)).replace(/^\ufeff/, '');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    if (isBmcloudError(error)) throw error;
    throw new BmcloudError('config', `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function textOf(file: string, mayDecide: MayDecide | undefined): Promise<string> {
  const opened = await open(file);
  try {
    if (mayDecide) refuseForeignConfig(file, (await opened.stat()).uid, mayDecide);
    return await opened.readFile('utf8');
  } finally {
    await opened.close();
  }
}

/**
 * The values in the text of a bmcloud.json; paths in it are relative to its directory, `~` is the user's home.
 * @throws `config`, naming file, line, column, what was expected, and the nearest name that may stand there
 */
export async function parseConfig(text: string, file: string): Promise<ConfigValues> {
  return (await readText(text, file)).values;
}

/** The values in a text, and where it can be told what else is wrong with them. @throws `config` */
export async function readText(
  text: string,
  file: string,
): Promise<{ values: ConfigValues; problemAt: (problem: ConfigProblem) => BmcloudError }> {
  // These take a while to load: only who has a configuration file waits for them.
  const { checkConfig, ordinaryLists } = await import('./config-check.ts');
  const { parseText } = await import('./config-text.ts');
  const parsed = parseText(text);
  if ('problem' in parsed) {
    throw new BmcloudError('config', `${file}:${parsed.line}:${parsed.column}: ${parsed.problem}`, {
      hint: 'It is JSON; comments and trailing commas are allowed',
    });
  }
  const checked = checkConfig(parsed.value);
  if ('problem' in checked) throw problemAt(file, parsed, checked);
  const problem = missingProfile(checked.values) ?? ruleWithoutUse(checked.values, ordinaryLists);
  if (problem) throw problemAt(file, parsed, problem);
  return {
    values: withWholePaths(checked.values, path.dirname(file)),
    problemAt: (one) => problemAt(file, parsed, one),
  };
}

function problemAt(file: string, parsed: ConfigText, { place, problem, unknown, hint }: ConfigProblem) {
  const { line, column } = parsed.position(place);
  const where = place.length === 0 ? '' : `${place.join('.')}: `;
  const meant = unknown && nearest(unknown.name, unknown.known);
  const suggestion = meant === undefined ? '' : `; did you mean "${meant}"?`;
  const known = unknown?.known ?? [];
  return new BmcloudError('config', `${file}:${line}:${column}: ${where}${problem}${suggestion}`, {
    ...(hint !== undefined && { hint }),
    ...(known.length > 0 && {
      hint: `There may be: ${known.filter((name) => name !== '$schema').join(', ')}`,
    }),
  });
}

/** A profile that is named and is not there, or that leads back to itself. */
function missingProfile({ profiles = {}, jobs = {} }: ConfigValues): ConfigProblem | undefined {
  for (const [section, all] of Object.entries({ profiles, jobs })) {
    for (const [name, values] of Object.entries(all)) {
      const key = 'profile' in values || section === 'jobs' ? 'profile' : 'extends';
      const problem = chainProblem(taken(values), profiles, []);
      if (problem) return { place: [section, name, key], ...problem };
    }
  }
  return undefined;
}

/** A rule that holds for every job and cannot for one in the short form: silently it would leave out nothing there. */
function ruleWithoutUse(
  values: ConfigValues,
  ordinary: readonly (keyof JobSettings)[],
): ConfigProblem | undefined {
  for (const [name, { src }] of Object.entries(values.jobs ?? {})) {
    const settings = settingsOfJob(values, name);
    // Such files do not count there anyhow.
    const rule = src && ordinary.find((key) => key !== 'ignoreFiles' && settings[key] !== undefined);
    if (!rule) continue;
    const problem = `"${rule}" from its profile, or from the top of the file, goes with "sources": say it of the jobs that have them`;
    return { place: ['jobs', name, 'src'], problem };
  }
  return undefined;
}

type Named = Pick<ConfigProblem, 'problem' | 'unknown'>;

function chainProblem(
  names: string[],
  profiles: Record<string, ProfileValues>,
  above: string[],
): Named | undefined {
  for (const name of names) {
    const profile = profiles[name];
    const known = Object.keys(profiles);
    if (!profile) return { problem: `there is no profile "${name}"`, unknown: { name, known } };
    if (above.includes(name))
      return {
        problem: `profiles go round in a circle: ${[...above.slice(above.indexOf(name)), name].join(', ')}`,
      };
    const problem = chainProblem(taken(profile), profiles, [...above, name]);
    if (problem) return problem;
  }
  return undefined;
}

function taken(values: Partial<JobValues & ProfileValues>): string[] {
  return values.profile ?? values.extends ?? [];
}

/** The directories and files of a job, in whichever form. */
export function sourcesOf({ sources, src }: Pick<JobValues, 'sources' | 'src'>): string[] {
  return sources ?? (src === undefined ? [] : [src]);
}

/** Settings, and the short form of a job if it has one. */
export type JobSettings = Omit<ConfigValues & JobValues, 'jobs' | 'profiles' | 'profile' | 'sources'>;

/** Settings that were said in one place. */
export interface Layer {
  /** `file` is the top of it. */
  from: 'file' | 'job' | `profile ${string}`;
  values: Partial<ConfigValues & JobValues>;
}

/** Where settings of a job are said, the weakest first. @param name of the job; without it, of what is in none */
export function layersOf({ jobs = {}, profiles = {}, ...top }: ConfigValues, name?: string): Layer[] {
  const { profile = [], ...own } = (name === undefined ? undefined : jobs[name]) ?? {};
  return [
    { from: 'file', values: top },
    ...ofProfiles(profile, profiles),
    ...(name === undefined ? [] : [{ from: 'job' as const, values: own }]),
  ];
}

/** What holds for a job: what it says itself, then its profiles, then the top of the file. */
export function settingsOfJob(config: ConfigValues, name: string): JobSettings {
  const {
    $schema: _,
    sources: __,
    ...settings
  } = mergedSettings(layersOf(config, name).map(({ values }) => values));
  const workers = settings.workers ?? settings.max_workers;
  return { ...settings, ...(workers !== undefined && { workers }), job: name };
}

/** The weakest first. */
function ofProfiles(names: string[], profiles: Record<string, ProfileValues>): Layer[] {
  return names.toReversed().flatMap((name) => {
    const { extends: above = [], ...values } = profiles[name] ?? {};
    return [...ofProfiles(above, profiles), { from: `profile ${name}` as const, values }];
  });
}

const secrets = ['passphraseFile', 'passphraseCommand', 'keyFile'] as const;

/** A later layer wins; hooks and limits one by one; a secret replaces whatever secret there was. */
function mergedSettings(layers: Partial<ConfigValues & JobValues>[]): ConfigValues & JobValues {
  let merged: ConfigValues & JobValues = {};
  for (const layer of layers) {
    if (secrets.some((name) => layer[name] !== undefined)) for (const name of secrets) delete merged[name];
    const hooks = layer.hooks && { ...merged.hooks, ...layer.hooks };
    const limits = layer.limits && { ...merged.limits, ...layer.limits };
    merged = { ...merged, ...layer, ...(hooks && { hooks }), ...(limits && { limits }) };
  }
  return merged;
}
