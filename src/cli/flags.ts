import { boolean, string } from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import { placeFlag } from './place.ts';
import { parseBytes } from './quantities.ts';

const group = { helpGroup: 'GLOBAL' };

/** A flag that may be given several times, one value each. */
export const repeated = { multiple: true, multipleNonGreedy: true } as const;

/** Flags of every command. */
export const globalFlags = {
  quiet: boolean({ ...group, char: 'q', summary: 'Print results, warnings and errors only.' }),
  verbose: boolean({ ...group, char: 'v', summary: 'Print everything there is to know.' }),
  repo: string({
    ...group,
    ...placeFlag,
    helpValue: 'LOCATION',
    summary:
      'Repository: s3://bucket/prefix, s3+https://host:port/bucket/prefix, or a directory (BMCLOUD_REPO).',
  }),
  job: string({ ...group, helpValue: 'NAME', summary: 'Job: its name or the beginning of its id.' }),
  config: string({ ...group, helpValue: 'FILE', summary: 'Configuration file (BMCLOUD_CONFIG).' }),
  'passphrase-file': string({
    ...group,
    helpValue: 'FILE',
    summary: 'File that holds the passphrase (BMCLOUD_PASSPHRASE_FILE).',
  }),
  'passphrase-command': string({
    ...group,
    helpValue: 'COMMAND',
    summary: 'Command that prints the passphrase (BMCLOUD_PASSPHRASE_COMMAND).',
  }),
  'key-file': string({
    ...group,
    helpValue: 'FILE',
    summary: 'File that holds a generated key (BMCLOUD_KEY_FILE).',
  }),
  'accept-rollback': boolean({
    ...group,
    summary: 'Go on although the repository shows less than this machine has seen.',
  }),
  'limit-upload': string({
    ...group,
    helpValue: 'RATE',
    summary: 'Upload at most this many bytes a second (500K, 10M; powers of 1024).',
  }),
  'limit-download': string({
    ...group,
    helpValue: 'RATE',
    summary: 'Download at most this many bytes a second.',
  }),
  json: boolean({ ...group, summary: 'Print one JSON object at the end.' }),
  'json-stream': boolean({ ...group, summary: 'Print JSON lines: events, then the result.' }),
  'no-progress': boolean({ ...group, summary: 'Show no progress.' }),
} satisfies FlagInput;

export interface GlobalFlags {
  repo?: string | undefined;
  job?: string | undefined;
  config?: string | undefined;
  'passphrase-file'?: string | undefined;
  'passphrase-command'?: string | undefined;
  'key-file'?: string | undefined;
  'accept-rollback': boolean;
  'limit-upload'?: string | undefined;
  'limit-download'?: string | undefined;
  quiet: boolean;
  verbose: boolean;
  'no-progress': boolean;
}

/** Bytes a second, where limited. Flags win over the configuration. @throws `usage` */
export function limitsOf(
  flags: Pick<GlobalFlags, 'limit-upload' | 'limit-download'>,
  configured: { upload?: number | undefined; download?: number | undefined } = {},
): { upload?: number; download?: number } {
  const limit = (flag: 'limit-upload' | 'limit-download', fallback: number | undefined) =>
    flags[flag] === undefined ? fallback : parseBytes(flags[flag], `--${flag}`);
  const upload = limit('limit-upload', configured.upload);
  const download = limit('limit-download', configured.download);
  return { ...(upload !== undefined && { upload }), ...(download !== undefined && { download }) };
}
