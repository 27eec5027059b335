import { z } from 'zod';
import { parseBytes, parseReadSize, parseSpan } from './quantities.ts';

/*
 * What bmcloud.json may say. `schema/bmcloud.schema.json` is made from this, so descriptions are for people in their editors.
 */

/** Text that a parser of the command line understands, too. */
function parsed<T>(parse: (text: string) => T, problem: string) {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    try {
      return parse(String(value));
    } catch {
      context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} ${problem}` });
      return z.NEVER;
    }
  });
}

function positive(value: number): number {
  if (value > 0) return value;
  throw new RangeError('It is 0');
}

const rate = parsed(
  (text) => parseBytes(text, 'a rate'),
  'is not a rate; write for example "10M" (bytes per second)',
);
const size = parsed(
  (text) => parseBytes(text, 'a size'),
  'is not an amount of bytes; write for example "4M"',
);
const readSize = parsed((text) => parseReadSize(text, 'a size'), 'is no amount of bytes from "4K" to "64M"');
const span = parsed((text) => parseSpan(text, 'a time'), 'is not a span of time; write for example "1s"');
const timeout = parsed(
  (text) => positive(parseSpan(text, 'a time')),
  'is no time to run in; write for example "5m"',
);
const text = z.string().min(1, 'is empty');
const names = z.array(text);
const tag = text.refine((value) => Buffer.byteLength(value) <= 256, 'is longer than 256 bytes');
const name = text.refine((value) => !value.includes('/'), 'is no name, but a path');
const oneOrMore = z.union([text, names.min(1)]).transform((value) => [value].flat());

const hook = z.union([text, z.strictObject({ command: text, timeout: timeout.optional() })]);

export const hooks = z
  .strictObject({
    before: hook.optional().describe('Run before a job; if it fails, the job is not pushed.'),
    after: hook.optional().describe('Run after a job, whatever became of it.'),
    onError: hook.optional().describe('Run when a job failed.'),
    onSkipped: hook.optional().describe('Run when files were skipped.'),
    timeout: timeout.optional().describe('After that long a command is ended; a minute if nothing is said.'),
  })
  .describe(
    'Commands for the shell. They get facts as JSON on standard input, and as BMCLOUD_… variables; no secrets.',
  );

/** What may be said once for all jobs, in a profile, or of a job. */
const settings = {
  repository: text
    .optional()
    .describe('s3://bucket/prefix, s3+https://host:port/bucket/prefix, or a directory.'),
  passphraseFile: text.optional().describe('A file that holds the passphrase.'),
  passphraseCommand: text.optional().describe('A command that prints the passphrase.'),
  keyFile: text.optional().describe('A file that holds a generated key.'),
  limits: z
    .strictObject({ upload: rate.optional(), download: rate.optional() })
    .optional()
    .describe('Bytes a second, such as "10M".'),
  shadow: z
    .enum(['auto', 'always', 'never'])
    .optional()
    .describe('Read files from a snapshot of their volume: when nothing else helps, always, or never.'),
  retries: z.int().min(0).max(100).optional().describe('Attempts on a file that another program holds.'),
  retryDelay: span.optional().describe('The wait before the first of them, such as "1s".'),
  readSize: readSize.optional().describe('Files are read in pieces of so many bytes, such as "4M".'),
  notify: z.boolean().optional().describe('Tell on the desktop when files were skipped.'),
  hooks: hooks.optional(),
  workers: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('Threads that compress and encrypt; one a core if nothing is said.'),
  level: z.int().min(1).max(19).optional().describe('Compression level of zstd.'),
  tags: z.array(tag).max(64, 'has more than 64 tags').optional().describe('Tags of the snapshots.'),
  oneFileSystem: z.boolean().optional().describe('Stay on the file systems of the sources.'),
  excludeCaches: z.boolean().optional().describe('Leave out what is in directories with a CACHEDIR.TAG.'),
  exclude: names
    .optional()
    .describe('Leave out what matches these patterns, as in .gitignore; "!" keeps it.'),
  iexclude: names.optional().describe('The same, in upper and lower case.'),
  include: names.optional().describe('Keep what matches these, whatever leaves it out.'),
  excludeFiles: names.optional().describe('Files of such patterns, one a line.'),
  excludeIfPresent: z
    .array(name)
    .optional()
    .describe('Leave out what is in directories that hold one of these names, such as ".nobackup".'),
  excludeLargerThan: size.optional().describe('Leave out larger files, such as "2G".'),
  ignoreFiles: z
    .boolean()
    .optional()
    .describe('Obey .bmcloudignore files in the sources; true if nothing is said.'),
  cloudFiles: z
    .enum(['skip', 'read'])
    .optional()
    .describe(
      'Files of a cloud folder that are not on this computer: leave them as they were, or download them.',
    ),
  defaultExcludes: z.boolean().optional().describe('Leave out what every push leaves out; false keeps it.'),
  allowEmpty: z.boolean().optional().describe('Go on when a source is empty that had files.'),
  skipUnchanged: z.boolean().optional().describe('Save no snapshot when nothing changed.'),
};

export const profile = z.strictObject({
  ...settings,
  extends: oneOrMore
    .optional()
    .describe('Profiles whose settings hold where this one says nothing; the first wins.'),
});

/** What some scripts have instead of sources: nothing is in that is not named (docs/rules.md). */
export const shortForm = {
  src: text.optional().describe('The short form: the directory that its patterns start from.'),
  include_dirs: names
    .optional()
    .describe('Directories that are mirrored: kept as they are, without history.'),
  track_dirs: names.optional().describe('Directories that are tracked: every version and deletion is kept.'),
  exclude_dirs: names
    .optional()
    .describe('Branches of them that are left out, by the beginning of their path.'),
  include_files: names
    .optional()
    .describe('Files that are mirrored: "*.txt" in src itself, "docs/*.txt" in docs, "*.txt:rec" anywhere.'),
  track_files: names.optional().describe('Files that are tracked, in the same form.'),
  exclude_files: names.optional().describe('Files of these directories that are left out, in the same form.'),
  max_workers: z.int().min(1).max(256).optional().describe('Threads.'),
};

export const schedule = z
  .strictObject({
    every: text.optional().describe('A part of an hour or of a day, such as "15m" or "6h".'),
    daily: text.optional().describe('A time of day, such as "02:30".'),
    cron: text.optional().describe('Minute, hour, day of the month, month, weekday, such as "0 8 * * 1-5".'),
    watch: z.literal(true).optional().describe('All the time: when something changes.'),
  })
  .refine((value) => Object.keys(value).length === 1, 'says one of "every", "daily", "cron" and "watch"')
  .describe('When it is pushed, once "bmcloud schedule add JOB" has told the system.');

export const job = z.strictObject({
  ...settings,
  schedule: schedule.optional(),
  profile: oneOrMore
    .optional()
    .describe('Profiles whose settings hold where the job says nothing; the first wins.'),
  sources: names
    .min(1)
    .optional()
    .describe('Directories, files or globs. Relative ones start from the directory of this file.'),
  ...shortForm,
});

export const schema = z.strictObject({
  $schema: z.string().optional(),
  ...settings,
  job: text.optional().describe('The job that commands mean when none is named.'),
  profiles: z.record(text, profile).optional().describe('Settings under a name, for jobs to take.'),
  jobs: z.record(text, job).optional().describe('What is backed up: "bmcloud push" pushes every one.'),
});

/** What bmcloud.json may say. */
export type ConfigValues = z.infer<typeof schema>;
/** A job in it. */
export type JobValues = z.infer<typeof job>;
export type ProfileValues = z.infer<typeof profile>;
export type HookValues = z.infer<typeof hook>;

/** The schema as editors read it. */
export function jsonSchema(): object {
  return {
    $id: 'https://bmcloud.dev/schema/bmcloud.schema.json',
    title: 'bmcloud.json',
    ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  };
}
