import { string as textArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { usage } from '../cli/failure.ts';
import { momentOf } from '../cli/moment-flags.ts';
import { exitOfFingerprints, type Fingerprinted, fingerprintReport } from '../cli/report-fingerprint.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';
import { ruleFlags, ruleOptions } from '../cli/rule-flags.ts';
import type { FingerprintOptions, Repository } from '../index.ts';

export default class Fingerprint extends RepositoryCommand {
  static override summary = 'Print one hash of a tree, and compare it with a snapshot.';
  static override description =
    `By default the hash is of metadata: path, type, mode, size and time of modification in whole seconds, and where links lead; no file
is read. With --content it is of paths, types and data. The same tree has the same hash on every machine. With --compare the exit
code is 0 when the snapshot has the same tree, and 3 when it differs or something could not be read; nothing is fetched for that.`;
  static override examples = [
    { description: 'Has anything changed?', command: '<%= config.bin %> fingerprint ~/Documents' },
    {
      description: 'Do two copies hold the same data?',
      command: '<%= config.bin %> fingerprint --content ~/Pictures /mnt/copy/Pictures',
    },
    {
      description: 'Is a restored tree what the snapshot has?',
      command: '<%= config.bin %> fingerprint ~/restored --content --compare latest',
    },
  ];
  static override args = {
    paths: textArgument({
      multiple: true,
      ignoreStdin: true,
      required: true,
      description: 'Directories or files; each has a hash of its own.',
    }),
  };
  static override flags = {
    content: boolean({
      summary: 'Read all files: a hash of paths, types and data, without times and modes.',
    }),
    compare: string({
      helpValue: 'TIME',
      summary:
        'Compare with the newest snapshot at or before TIME: latest, "yesterday 18:00", or a snapshot id.',
    }),
    within: string({
      helpValue: 'PATH',
      dependsOn: ['compare'],
      summary: 'Compare with PATH in the snapshot; default: the same path, or the only source.',
    }),
    'one-file-system': boolean({ char: 'x', summary: 'Stay on the file systems of the paths.' }),
    'exclude-caches': boolean({ summary: 'Leave out what is in directories with a CACHEDIR.TAG.' }),
    'default-excludes': boolean({
      allowNo: true,
      default: true,
      summary: 'Leave out what every push leaves out; --no-default-excludes keeps it.',
    }),
    ...ruleFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Fingerprint);
    const paths = args.paths ?? [];
    if (flags.within !== undefined && paths.length > 1)
      throw usage('--within says what one path is compared with', 'Compare one path at a time');
    const act =
      flags.compare === undefined ? await this.#plain() : await this.#comparing(flags.compare, flags.within);
    const all: Fingerprinted[] = [];
    const rules = await ruleOptions(flags, this.environment);
    for (const path of paths) all.push(await act({ ...this.#options(path, flags), rules }));
    this.pauseProgress();
    this.exitWith(exitOfFingerprints(all));
    await this.results.object({ fingerprints: all }, () => fingerprintReport(all, this.style));
  }

  #options(path: string, flags: FingerprintFlags): FingerprintOptions {
    return {
      path,
      cwd: this.environment.cwd,
      kind: flags.content ? 'content' : 'metadata',
      oneFileSystem: flags['one-file-system'],
      excludeCaches: flags['exclude-caches'],
      defaultExcludes: flags['default-excludes'],
      ...this.watch,
    };
  }

  async #plain(): Promise<(options: FingerprintOptions) => Promise<Fingerprinted>> {
    const { fingerprint } = await import('../index.ts');
    return fingerprint;
  }

  async #comparing(
    moment: string,
    within: string | undefined,
  ): Promise<(options: FingerprintOptions) => Promise<Fingerprinted>> {
    const at = await momentOf(moment, this.environment);
    const repository: Repository = await this.open();
    const { compareFingerprint } = await import('../index.ts');
    const what = { at, ...this.job, ...(within !== undefined && { within }) };
    return (options) => compareFingerprint(repository, { ...options, ...what });
  }
}

type FingerprintFlags = InferredFlags<typeof Fingerprint.flags>;
