import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { confirm } from '../cli/confirm.ts';
import { usage } from '../cli/failure.ts';
import { formatTimeForName } from '../cli/format.ts';
import { atFlag, momentOf } from '../cli/moment-flags.ts';
import { placeFlag } from '../cli/place.ts';
import { exitOfMirrorRestore, mirrorRestoreReport } from '../cli/report-mirror.ts';
import { snapshotName } from '../cli/report-push.ts';
import { exitOfRestore, previewReport, restoreReport } from '../cli/report-restore.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';
import type { Moment, RestoreOptions, RestorePreview, SnapshotInfo } from '../index.ts';

export default class Restore extends RepositoryCommand {
  static override summary = 'Bring back files as they were at a moment.';
  static override description =
    `Restores the newest snapshot at or before --at, all of it or the paths named. With neither --to nor --in-place it goes into a new
directory ./bmcloud-restore-JOB-TIME. Files that already hold the right data are left alone or reused, so a second run completes
an interrupted one: those of the same size and time are taken for right, and with --verify (after a power cut, say) they are
compared, too. The exit code is 3 when some files could not be restored.`;
  static override examples = [
    { description: 'Everything, as it was last', command: '<%= config.bin %> restore' },
    {
      description: 'As it stood at a moment',
      command: '<%= config.bin %> restore --at "2026-11-19 18:00" --to ~/restored',
    },
    { description: 'On Windows', command: '<%= config.bin %> restore --at yesterday --to E:\\restored' },
    {
      description: 'One directory, back where it was',
      command: '<%= config.bin %> restore ~/Documents/taxes --in-place',
    },
    { description: 'Some files', command: '<%= config.bin %> restore "Documents/**/*.pdf" --at yesterday' },
  ];
  static override args = {
    paths: textArgument({
      multiple: true,
      ignoreStdin: true,
      description: 'Paths or globs to restore, as they were or as "bmcloud ls" shows them; default: all.',
    }),
  };
  static override flags = {
    'dry-run': boolean({ char: 'n', summary: 'Say what would be done, and do nothing.' }),
    ...atFlag,
    to: string({ ...placeFlag, helpValue: 'DIR', exclusive: ['in-place'], summary: 'Restore below DIR.' }),
    'in-place': boolean({
      summary: 'Restore to where the files were; says what it would replace, and asks.',
    }),
    yes: boolean({ char: 'y', summary: 'Do not ask.' }),
    overwrite: option({
      options: ['always', 'if-newer', 'if-different', 'never'] as const,
      default: 'if-different' as const,
      summary: 'Which existing files are replaced.',
    })(),
    delete: boolean({
      summary:
        'Delete files in the target that the snapshot does not have, those that rules left out of it, too; lists them, and asks.',
    }),
    verify: boolean({
      summary: 'Compare what is there already, too, and read everything again when it is written.',
    }),
    'tracked-only': boolean({ summary: 'Leave out what is kept without history.' }),
    partial: boolean({ summary: 'Take what an interrupted push saved into account.' }),
    'no-ownership': boolean({ summary: 'Do not restore the owners of files.' }),
    'from-mirror': string({
      ...placeFlag,
      helpValue: 'DIR',
      exclusive: ['in-place', 'delete', 'dry-run', 'verify', 'partial'],
      summary: 'Restore from the directory that "bmcloud mirror --to DIR" made; needs no repository.',
    }),
  };

  protected override interruptedHint =
    'What was written is kept: the same command, with --to or --in-place, goes on from there';

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restore);
    const at = await momentOf(flags.at, this.environment);
    if (flags['from-mirror'] !== undefined)
      return await this.#fromMirror(flags['from-mirror'], at, args.paths ?? [], flags);
    const repository = await this.open();
    const { restore, selectSnapshot } = await import('../index.ts');
    const choice = { at, paths: args.paths ?? [], partial: flags.partial, ...this.job };
    const snapshot = await selectSnapshot(repository, { ...choice, ...this.watch });
    const target = this.#target(flags, snapshot);
    this.notice(`Restoring ${snapshotName(snapshot)} ${'to' in target ? `to ${target.to}` : 'in place'}`);
    const result = await restore(repository, {
      ...choice,
      at: { snapshot: snapshot.fullId },
      target,
      ...this.#manner(flags),
      ...this.watch,
    });
    this.pauseProgress();
    this.exitWith(exitOfRestore(result));
    await this.results.object(result, () => restoreReport(result, flags['dry-run'], this.style));
  }

  async #fromMirror(folder: string, at: Moment, paths: string[], flags: RestoreFlags): Promise<void> {
    const { cwd } = this.environment;
    const { restoreFromMirror } = await import('../index.ts');
    const result = await restoreFromMirror({
      from: path.resolve(cwd, folder),
      at,
      paths,
      to: path.resolve(cwd, flags.to ?? `bmcloud-restore-${formatTimeForName(this.environment.now())}`),
      overwrite: flags.overwrite,
      trackedOnly: flags['tracked-only'],
      ...this.watch,
    });
    this.pauseProgress();
    this.exitWith(exitOfMirrorRestore(result));
    await this.results.object(result, () => mirrorRestoreReport(result, this.style));
  }

  #target(flags: RestoreFlags, snapshot: SnapshotInfo): RestoreOptions['target'] {
    if (flags['in-place']) return { inPlace: true };
    const { cwd } = this.environment;
    if (flags.to !== undefined) return { to: path.resolve(cwd, flags.to) };
    if (flags.delete)
      throw usage('--delete needs --to or --in-place', 'A new directory has nothing to delete');
    return { to: path.join(cwd, newDirectoryName(snapshot)) };
  }

  #manner(flags: RestoreFlags) {
    return {
      overwrite: flags.overwrite,
      deleteExtra: flags.delete,
      dryRun: flags['dry-run'],
      verify: flags.verify,
      trackedOnly: flags['tracked-only'],
      ownership: !flags['no-ownership'],
      confirm: (plan: RestorePreview) => this.#confirm(plan, flags.yes),
    };
  }

  async #confirm(plan: RestorePreview, yes: boolean): Promise<boolean> {
    this.pauseProgress();
    if (!yes || this.settings.flags.verbose) await this.environment.stderr.write(previewReport(plan));
    return confirm(this.terminal, 'Go on?', yes);
  }
}

/** Job names hold what file names must not. */
function newDirectoryName({ job, time }: SnapshotInfo): string {
  const name = job.name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return `bmcloud-restore-${name.slice(0, 60)}-${formatTimeForName(time)}`;
}

type RestoreFlags = InferredFlags<typeof Restore.flags>;
