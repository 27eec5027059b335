import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import { BmcloudError, messageOf } from '../errors.ts';
import type { LineOptions, OrdinaryRules, RuleLine } from '../index.ts';
import type { Environment } from './environment.ts';
import { repeated } from './flags.ts';
import { parseBytes } from './quantities.ts';

/** Flags that say what is left out. */
export const ruleFlags = {
  exclude: string({
    ...repeated,
    helpValue: 'PATTERN',
    summary: 'Leave out what matches PATTERN, as in .gitignore ("!" keeps it). May be repeated.',
  }),
  iexclude: string({ ...repeated, helpValue: 'PATTERN', summary: 'The same, in upper and lower case.' }),
  'exclude-file': string({
    ...repeated,
    helpValue: 'FILE',
    summary: 'Leave out what matches the patterns in FILE, one a line. May be repeated.',
  }),
  'exclude-if-present': string({
    ...repeated,
    helpValue: 'NAME',
    summary: 'Leave out what is in directories that hold NAME, such as .nobackup. May be repeated.',
  }),
  'exclude-larger-than': string({ helpValue: 'SIZE', summary: 'Leave out files of more than SIZE (10M).' }),
  'ignore-files': boolean({
    allowNo: true,
    summary: 'Obey .bmcloudignore files in the sources (the default); --no-ignore-files does not.',
  }),
} satisfies FlagInput;

export interface RuleFlags {
  exclude?: string[] | undefined;
  iexclude?: string[] | undefined;
  'exclude-file'?: string[] | undefined;
  'exclude-if-present'?: string[] | undefined;
  'exclude-larger-than'?: string | undefined;
  'ignore-files'?: boolean | undefined;
}

/** What a configuration may say of them. Flags come behind, so they win. */
export interface RuleSettings {
  /** Files of patterns; absolute paths. */
  excludeFiles?: string[] | undefined;
  exclude?: string[] | undefined;
  iexclude?: string[] | undefined;
  /** What is in again that all of these leave out. */
  include?: string[] | undefined;
  excludeIfPresent?: string[] | undefined;
  /** Bytes. */
  excludeLargerThan?: number | undefined;
  ignoreFiles?: boolean | undefined;
}

/** The rules of a push. @throws `usage` for a pattern that matches nothing, `config` for a file that cannot be read */
export async function ruleOptions(
  flags: RuleFlags,
  environment: Pick<Environment, 'cwd' | 'platform'>,
  settings: RuleSettings = {},
): Promise<OrdinaryRules> {
  const larger = flags['exclude-larger-than'];
  const largerThan =
    larger === undefined ? settings.excludeLargerThan : parseBytes(larger, '--exclude-larger-than');
  return {
    form: 'ordinary',
    lines: [
      ...(await linesOf(settings, environment, '')),
      ...(await linesOf({ ...flags, excludeFiles: flags['exclude-file'] }, environment, '--')),
    ],
    ignoreFiles: flags['ignore-files'] ?? settings.ignoreFiles ?? true,
    ifPresent: [...(settings.excludeIfPresent ?? []), ...(flags['exclude-if-present'] ?? [])],
    ...(largerThan !== undefined && { largerThan }),
  };
}

async function linesOf(
  { excludeFiles = [], exclude = [], iexclude = [], include = [] }: RuleSettings,
  { cwd, platform }: Pick<Environment, 'cwd' | 'platform'>,
  prefix: string,
): Promise<RuleLine[]> {
  const { ruleLines, ruleLinesOfFile } = await import('../index.ts');
  const options: Omit<LineOptions, 'origin'> = { windows: platform === 'win32' };
  const lines: RuleLine[] = [];
  for (const file of excludeFiles)
    lines.push(...ruleLinesOfFile(await bytesOf(resolve(cwd, file)), file, options));
  lines.push(...ruleLines(exclude, { ...options, origin: `${prefix}exclude` }));
  lines.push(...ruleLines(iexclude, { ...options, origin: `${prefix}iexclude`, ignoreCase: true }));
  lines.push(...ruleLines(include, { ...options, origin: `${prefix}include`, include: true }));
  return lines;
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new BmcloudError('config', `Cannot read the patterns in ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
