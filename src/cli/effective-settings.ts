import type { Access } from './access.ts';
import { type JobSettings, type Layer, layersOf, settingsOfJob, sourcesOf } from './config.ts';
import { ordinaryLists } from './config-check.ts';
import type { ConfigValues, HookValues } from './config-schema.ts';
import type { Environment } from './environment.ts';
import type { GlobalFlags } from './flags.ts';
import { HOOK_MS } from './job-hooks.ts';
import { originText } from './secret.ts';

/** A setting in force. */
export interface Effective {
  value: unknown;
  /** Where it is said: `job`, `profile NAME`, `file` (the top of it), a variable, a flag; `default`: nowhere. */
  from: string;
}

export type EffectiveSettings = Record<string, Effective>;

export interface EffectiveParts {
  values: ConfigValues;
  flags: GlobalFlags;
  env: Environment['env'];
  /** The same with flags and the environment taken into account. */
  accessIn: (values: ConfigValues) => Access;
  limitsIn: (values: ConfigValues) => { upload?: number; download?: number };
  /** A location without what may be secret in it. */
  shownLocation: (location: string) => string;
}

/**
 * What is in force for a job, by the names of the configuration; without a job, for what is in none. It holds no secret: of one, and of the
 * commands of hooks, only that they are there.
 * @throws `usage` for secrets that contradict each other
 */
export function effectiveSettings(parts: EffectiveParts, job?: string): EffectiveSettings {
  const { values } = parts;
  const said = job === undefined ? values : settingsOfJob(values, job);
  const layers = layersOf(values, job);
  const all = {
    ...accessSettings(parts, said, layers),
    ...sourceSettings(values, job),
    ...plainSettings(said, layers),
    ...limitSettings(parts, said, layers),
    ...hookSettings(said, layers),
  };
  const withoutUse = 'src' in said ? ordinaryLists : [];
  return Object.fromEntries(
    Object.entries(all).filter(
      ([name, { value }]) => value !== undefined && !withoutUse.some((one) => one === name),
    ),
  );
}

type Said = ConfigValues | JobSettings;

function accessSettings(parts: EffectiveParts, said: Said, layers: Layer[]): EffectiveSettings {
  const { flags, env, accessIn, shownLocation } = parts;
  const { location, origin, isDefault } = accessIn(said);
  const inFile = isDefault ? 'default' : (saidIn(layers, 'repository') ?? 'default');
  return {
    repository: {
      value: shownLocation(location),
      from: flags.repo !== undefined ? '--repo' : env.BMCLOUD_REPO ? 'BMCLOUD_REPO' : inFile,
    },
    unlockedBy: { value: originText(origin), from: secretFrom(parts, layers) },
  };
}

const secrets = ['passphrase-file', 'passphrase-command', 'key-file'] as const;
const secretVariables = [
  'BMCLOUD_PASSPHRASE',
  'BMCLOUD_PASSPHRASE_FILE',
  'BMCLOUD_PASSPHRASE_COMMAND',
  'BMCLOUD_KEY_FILE',
];

function secretFrom({ flags, env }: EffectiveParts, layers: Layer[]): string {
  const flag = secrets.find((name) => flags[name] !== undefined);
  if (flag !== undefined) return `--${flag}`;
  const variable = secretVariables.find((name) => env[name]);
  const names = ['passphraseFile', 'passphraseCommand', 'keyFile'] as const;
  // The nearest layer with a secret replaces those of all others.
  return variable ?? layers.findLast(({ values }) => names.some((name) => values[name]))?.from ?? 'default';
}

function sourceSettings({ jobs = {} }: ConfigValues, job: string | undefined): EffectiveSettings {
  const own = job === undefined ? undefined : jobs[job];
  if (own === undefined) return {};
  const { src, schedule } = own;
  return {
    ...(src === undefined && { sources: { value: sourcesOf(own), from: 'job' } }),
    schedule: { value: schedule, from: 'job' },
  };
}

/** What is one value, in the order in which it is shown; undefined where nothing is the default. */
const defaults = {
  src: undefined,
  include_dirs: undefined,
  track_dirs: undefined,
  exclude_dirs: undefined,
  include_files: undefined,
  track_files: undefined,
  exclude_files: undefined,
  exclude: undefined,
  iexclude: undefined,
  include: undefined,
  excludeFiles: undefined,
  excludeIfPresent: undefined,
  excludeLargerThan: undefined,
  ignoreFiles: true,
  excludeCaches: false,
  oneFileSystem: false,
  defaultExcludes: true,
  cloudFiles: 'skip',
  shadow: 'auto',
  retries: 3,
  retryDelay: 1000,
  readSize: 4 * 1024 * 1024,
  workers: undefined,
  level: 1,
  tags: undefined,
  skipUnchanged: false,
  allowEmpty: false,
  notify: false,
} satisfies Partial<Record<keyof JobSettings, unknown>>;

function plainSettings(said: Said, layers: Layer[]): EffectiveSettings {
  const known: Partial<Record<string, unknown>> = said;
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const names = name === 'workers' ? ['workers', 'max_workers'] : [name];
      const from = names.map((one) => saidIn(layers, one)).find((one) => one !== undefined);
      return [name, from === undefined ? { value, from: 'default' } : { value: known[name], from }];
    }),
  );
}

function limitSettings({ flags, limitsIn }: EffectiveParts, said: Said, layers: Layer[]): EffectiveSettings {
  const limits = limitsIn(said);
  const limit = (name: 'upload' | 'download'): Effective => {
    const flag = flags[`limit-${name}`] === undefined ? undefined : `--limit-${name}`;
    const from = flag ?? layers.findLast(({ values }) => values.limits?.[name] !== undefined)?.from;
    return { value: limits[name] ?? 'none', from: from ?? 'default' };
  };
  return { 'limits.upload': limit('upload'), 'limits.download': limit('download') };
}

/** Their commands may hold secrets. */
function hookSettings({ hooks = {} }: Said, layers: Layer[]): EffectiveSettings {
  const names = ['before', 'after', 'onError', 'onSkipped'] as const;
  const timeoutOf = (hook: HookValues) => (typeof hook === 'string' ? undefined : hook.timeout);
  return Object.fromEntries(
    names.flatMap((name) => {
      const hook = hooks[name];
      const from = layers.findLast(({ values }) => values.hooks?.[name] !== undefined)?.from;
      if (hook === undefined || from === undefined) return [];
      const timeout = timeoutOf(hook) ?? hooks.timeout ?? HOOK_MS;
      return [[`hooks.${name}`, { value: { command: true, timeout }, from }]];
    }),
  );
}

function saidIn(layers: Layer[], name: string): string | undefined {
  return layers.findLast(({ values }) => (values as Record<string, unknown>)[name] !== undefined)?.from;
}
