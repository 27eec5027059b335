import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { sourcesOf } from '../../cli/config.ts';
import { resolvePath } from '../../cli/config-paths.ts';
import { usage } from '../../cli/failure.ts';
import type { ForeignPlaces, ForeignRules } from '../../cli/foreign-lines.ts';
import { type ForeignForm, lastOfEach, parseForeign } from '../../cli/foreign-rules.ts';
import { jobToEdit } from '../../cli/job-sources.ts';
import { SourcesCommand } from '../../cli/sources-command.ts';
import { BmcloudError, messageOf } from '../../errors.ts';

const forms = ['restic', 'kopia', 'rsync-filter'] as const;

export default class ConfigImport extends SourcesCommand {
  static override summary = 'Take over what another program or script was told.';
  static override description =
    `Without a flag FILE is a JSON in the short form of the scripts (src, include_dirs, track_files, …), and becomes a job.
With one of --restic, --kopia and --rsync-filter it is a list of exclusions, and is added to a job. What has no equal here is listed.`;
  static override examples = [
    { description: 'A script that had a JSON file', command: '<%= config.bin %> config import backup.json' },
    {
      description: 'Exclusions of restic, for one of several jobs',
      command: '<%= config.bin %> config import --restic excludes.txt --job documents',
    },
  ];
  static override args = {
    file: textArgument({ ignoreStdin: true, required: true, description: 'The file.' }),
  };
  static override flags = {
    restic: boolean({ exclusive: ['kopia', 'rsync-filter'], summary: 'A list of restic --exclude-file.' }),
    kopia: boolean({ exclusive: ['rsync-filter'], summary: 'A .kopiaignore, or a policy of kopia as JSON.' }),
    'rsync-filter': boolean({ summary: 'Filter rules of rsync.' }),
    name: string({ helpValue: 'NAME', summary: 'Name of the new job; by default that of the file.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigImport);
    const file = path.resolve(this.environment.cwd, args.file);
    const text = await textOf(file);
    const form = forms.find((one) => flags[one]);
    const { job, lost } = form
      ? await this.#exclusions(form, text)
      : await this.#shortForm(text, file, flags.name);
    await this.results.object({ file: this.file, job, lost }, () => {
      const list = lost.map((one) => `Not carried over: ${one}\n`).join('');
      return `${list}${this.file} has it in the job ${job}\n`;
    });
  }

  async #exclusions(form: ForeignForm, text: string): Promise<Imported> {
    let done: Imported = { job: '', lost: [] };
    await this.changeText((edit, { jobs = {} }) => {
      const job = jobToEdit({ jobs }, this.settings.flags.job);
      if (jobs[job]?.src !== undefined)
        throw usage(
          `The job "${job}" is in the short form: lists of exclusions do not go with it`,
          'Say another one by --job, or write them into its exclude_files',
        );
      const { settings, lost } = parsed(form, text, {
        home: this.environment.home,
        sources: sourcesOf(jobs[job] ?? {}).map((one) => resolvePath(one, path.dirname(this.file))),
        windows: this.environment.platform === 'win32',
      });
      const { exclude, ...others } = settings;
      const values = { exclude: lastOfEach([...(jobs[job]?.exclude ?? []), ...exclude]), ...others };
      for (const [name, value] of Object.entries(values)) edit(['jobs', job, name], value);
      done = { job, lost };
    });
    return done;
  }

  async #shortForm(text: string, file: string, name: string | undefined): Promise<Imported> {
    const { parseText } = await import('../../cli/config-text.ts');
    const read = parseText(text);
    if ('problem' in read)
      throw new BmcloudError('config', `${file}:${read.line}:${read.column}: ${read.problem}`);
    const { src, ...others } = (read.value ?? {}) as { src?: unknown };
    if (typeof src !== 'string')
      throw usage(`${file} has no "src"`, 'Say what it is: --restic, --kopia or --rsync-filter');
    const job = name ?? path.basename(file).replace(/\.json$/i, '');
    const windows = this.environment.platform === 'win32';
    if (!windows && /^[a-z]:[\\/]/i.test(src))
      throw usage(
        `"src" of ${file} is a path of Windows: ${src}`,
        'Import it there, or write the path it has here',
      );
    const { parseScript } = await import('../../cli/foreign-script.ts');
    const { settings, lost, namesSomething } = parseScript(others, windows);
    if (!namesSomething)
      throw usage(`Nothing of ${file} says what is in`, lost[0] ?? 'There is no include_… and no track_…');
    const whole = { src: resolvePath(src, path.dirname(file)), ...settings };
    await this.changeText((edit, { jobs = {} }) => {
      if (Object.hasOwn(jobs, job)) throw existsAlready(job, this.file);
      edit(['jobs', job], whole);
    });
    return { job, lost };
  }
}

interface Imported {
  job: string;
  /** What could not be carried over. */
  lost: string[];
}

/** Its sources and exclusions would be gone. */
function existsAlready(job: string, file: string): BmcloudError {
  return usage(`There is a job "${job}" already`, `Say --name OTHER, or remove it from ${file} first`);
}

async function textOf(file: string): Promise<string> {
  try {
    return decoded(await readFile(file)).replace(/^\ufeff/, '');
  } catch (error) {
    throw new BmcloudError('config', `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Notepad and PowerShell write UTF-16, and say so at its beginning. */
function decoded(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return bytes.toString('utf16le');
  if (first === 0xfe && second === 0xff)
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le');
  return bytes.toString('utf8');
}

function parsed(form: ForeignForm, text: string, places: ForeignPlaces): ForeignRules {
  try {
    return parseForeign(form, text, places);
  } catch (error) {
    throw new BmcloudError('config', `It is no list of ${form}: ${messageOf(error)}`, { cause: error });
  }
}
