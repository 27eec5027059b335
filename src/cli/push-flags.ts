import { createReadStream } from 'node:fs';
import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import { BmcloudError, messageOf } from '../errors.ts';
import type { PushOptions } from '../index.ts';
import type { ConfigValues, JobValues } from './config-schema.ts';
import type { UserDirectories } from './directories.ts';
import type { Environment } from './environment.ts';
import { usage } from './failure.ts';
import { repeated } from './flags.ts';
import { parseReadSize, parseSpan, parseWhole } from './quantities.ts';
import { type RuleFlags, type RuleSettings, ruleFlags, ruleOptions } from './rule-flags.ts';

/** Flags that say what is backed up and how; `push` and `status` share them. */
export const sourceFlags = {
  'one-file-system': boolean({ char: 'x', summary: 'Stay on the file systems of the sources.' }),
  'files-from': string({
    helpValue: 'FILE',
    summary: 'Take sources from FILE too, one a line; - is standard input.',
  }),
  // The type of oclif's flags knows letters only; its parser takes what every tool with -print0 beside it takes.
  null: boolean({
    char: '0' as 'z',
    dependsOn: ['files-from'],
    summary: 'Names in --files-from end in NUL, not in a newline.',
  }),
  ...ruleFlags,
  'exclude-caches': boolean({ summary: 'Leave out what is in directories with a CACHEDIR.TAG.' }),
  'default-excludes': boolean({
    allowNo: true,
    summary: 'Leave out what every push leaves out, such as pagefile.sys; --no-default-excludes keeps it.',
  }),
  'cloud-files': string({
    helpValue: 'WHAT',
    options: ['skip', 'read'],
    summary:
      'Files of a cloud folder that are not on this computer: skip (the default, they stay as they were), or read, which downloads them.',
  }),
  'allow-empty': boolean({
    summary: 'Go on when a source is empty or missing that had files in the last snapshot.',
  }),
  'source-moved': string({
    ...repeated,
    helpValue: 'OLD=NEW',
    summary: 'The source recorded as OLD is at NEW now (a renamed drive). May be repeated.',
  }),
  'adopt-job': boolean({ summary: 'Go on with a job that another machine began.' }),
} satisfies FlagInput;

/** How files that other programs hold are read. */
export const readingFlags = {
  shadow: string({
    helpValue: 'WHEN',
    options: ['auto', 'always', 'never'],
    summary:
      'Read files from a snapshot of their volume: auto (when nothing else helps, the default), always, never.',
  }),
  retries: string({
    helpValue: 'COUNT',
    summary: 'Attempts on a file that is held, before it is left for the end of the push; default: 3.',
  }),
  'retry-delay': string({
    helpValue: 'TIME',
    summary: 'Wait before the first of them, such as 500ms; doubles with each. Default: 1s.',
  }),
  'read-size': string({
    helpValue: 'SIZE',
    summary: 'Read files in pieces of SIZE, so that a locked range fails late; default: 4M.',
  }),
} satisfies FlagInput;

/** What the snapshot is marked with, how hard the machine works for it, and who hears of what it lacks. */
export const snapshotFlags = {
  tag: string({ ...repeated, helpValue: 'TAG', summary: 'Tag the snapshot. May be repeated.' }),
  workers: string({
    helpValue: 'COUNT',
    summary: 'Threads that compress and encrypt; default: one per core.',
  }),
  level: string({ helpValue: '1-19', summary: 'Compression level of zstd.' }),
  notify: boolean({ allowNo: true, summary: 'Tell on the desktop when files were skipped.' }),
} satisfies FlagInput;

export interface ReadingFlags {
  shadow?: string | undefined;
  retries?: string | undefined;
  'retry-delay'?: string | undefined;
  'read-size'?: string | undefined;
}

export interface SnapshotFlags {
  tag?: string[] | undefined;
  workers?: string | undefined;
  level?: string | undefined;
  notify?: boolean | undefined;
}

/** What both the flags and bmcloud.json may say of reading; a flag wins. @throws `usage` */
export function readingOptions(
  flags: ReadingFlags,
  config: Pick<ConfigValues, 'shadow' | 'retries' | 'retryDelay' | 'readSize'>,
): Pick<PushOptions, 'shadow' | 'retries' | 'retryDelay' | 'readSize'> {
  const retries =
    flags.retries === undefined ? config.retries : parseWhole(flags.retries, '--retries', 0, 100);
  const delay = flags['retry-delay'];
  const retryDelay = delay === undefined ? config.retryDelay : parseSpan(delay, '--retry-delay');
  const size = flags['read-size'];
  const readSize = size === undefined ? config.readSize : parseReadSize(size, '--read-size');
  const shadow = (flags.shadow as PushOptions['shadow']) ?? config.shadow;
  return {
    ...(shadow !== undefined && { shadow }),
    ...(retries !== undefined && { retries }),
    ...(retryDelay !== undefined && { retryDelay }),
    ...(readSize !== undefined && { readSize }),
  };
}

export interface SourceFlags extends RuleFlags {
  'files-from'?: string | undefined;
  null: boolean;
  'one-file-system': boolean;
  'exclude-caches': boolean;
  'default-excludes'?: boolean | undefined;
  'cloud-files'?: string | undefined;
  'allow-empty': boolean;
  'source-moved'?: string[] | undefined;
  'adopt-job': boolean;
}

/** What a configuration may say of sources; a job also in the short form. */
export type SourceSettings = Pick<
  ConfigValues,
  'oneFileSystem' | 'excludeCaches' | 'defaultExcludes' | 'allowEmpty' | 'cloudFiles'
> &
  RuleSettings &
  Pick<
    JobValues,
    'src' | 'include_dirs' | 'track_dirs' | 'exclude_dirs' | 'include_files' | 'track_files' | 'exclude_files'
  >;

/** What both `push` and `status` ask of the library. @throws `usage`, `config` */
export async function sourceOptions(
  paths: string[],
  flags: SourceFlags,
  environment: Environment,
  directories: UserDirectories,
  values: SourceSettings = {},
): Promise<PushOptions> {
  const { cwd, host, user } = environment;
  const filesFrom = await namesFrom(flags, environment);
  return {
    sources: paths,
    ...(filesFrom && { filesFrom }),
    cwd,
    host,
    user,
    tags: [],
    oneFileSystem: flags['one-file-system'] || (values.oneFileSystem ?? false),
    rules: await rulesOf(flags, environment, values),
    excludeCaches: flags['exclude-caches'] || (values.excludeCaches ?? false),
    defaultExcludes: flags['default-excludes'] ?? values.defaultExcludes ?? true,
    cloudFiles: (flags['cloud-files'] ?? values.cloudFiles) === 'read' ? 'read' : 'skip',
    allowEmpty: flags['allow-empty'] || (values.allowEmpty ?? false),
    adoptJob: flags['adopt-job'],
    sourceMoved: movedSources(flags['source-moved'] ?? []),
    skipUnchanged: false,
    dryRun: false,
    waitForLock: true,
    ownDirectories: [directories.cache, directories.state, directories.config, directories.data],
  };
}

/** The short form says all of it; flags and lists of exclusions have no place beside it. */
async function rulesOf(
  flags: RuleFlags,
  environment: Environment,
  values: SourceSettings,
): Promise<NonNullable<PushOptions['rules']>> {
  if (values.src === undefined) return await ruleOptions(flags, environment, values);
  const said = Object.entries(flags).find(([name, value]) => name in ruleFlags && value !== undefined);
  if (said)
    throw usage(`--${said[0]} does not go with a job in the short form`, 'Write it into its exclude_files');
  const { shortRules } = await import('../index.ts');
  return shortRules(values, environment.platform === 'win32');
}

/** The repository, where it is a directory, is never part of a source either. */
export function apartFrom(options: PushOptions, location: string): PushOptions {
  if (!path.isAbsolute(location)) return options;
  return { ...options, ownDirectories: [...options.ownDirectories, location] };
}

/** @throws `usage` */
export function movedSources(pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals > 0 && equals < pair.length - 1) return [pair.slice(0, equals), pair.slice(equals + 1)];
      throw usage(
        `--source-moved: "${pair}" is not OLD=NEW`,
        'Write for example --source-moved D:\\Photos=E:\\Photos',
      );
    }),
  );
}

/** @throws `config` where the list cannot be read, `usage` where it is none, or empty */
async function namesFrom(flags: SourceFlags, environment: Environment): Promise<Uint8Array[] | undefined> {
  const file = flags['files-from'];
  if (file === undefined) return undefined;
  const stream = file === '-' ? environment.stdin : createReadStream(path.resolve(environment.cwd, file));
  const { readFilesFrom } = await import('../index.ts');
  const names = readFilesFrom(await bytesOf(stream, file), flags.null);
  // Of a command that failed, an empty list comes by a pipe: what it names otherwise would be taken for deleted.
  if (names.length === 0 && !flags['allow-empty'])
    throw usage(`--files-from ${file} names no files`, 'If that is meant, say --allow-empty');
  return names;
}

async function bytesOf(stream: AsyncIterable<Uint8Array | string>, file: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of stream) pieces.push(Buffer.from(piece));
  } catch (error) {
    throw new BmcloudError('config', `Cannot read --files-from ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return Buffer.concat(pieces);
}

/** How hard the machine works. @throws `usage` */
export function effortOptions(
  flags: Pick<SnapshotFlags, 'workers' | 'level'>,
  config: Pick<ConfigValues, 'workers' | 'level'> = {},
): { workers?: number; level?: number } {
  const workers =
    flags.workers === undefined ? config.workers : parseWhole(flags.workers, '--workers', 1, 256);
  const level = flags.level === undefined ? config.level : parseWhole(flags.level, '--level', 1, 19);
  return { ...(workers !== undefined && { workers }), ...(level !== undefined && { level }) };
}
