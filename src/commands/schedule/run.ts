import process from 'node:process';
import { boolean, string } from '@oclif/core/flags';
import { resultOf } from '../../cli/report-schedules.ts';
import { nameArgument, ScheduleCommand } from '../../cli/schedule-command.ts';

export default class ScheduleRun extends ScheduleCommand {
  static override summary = 'Run a schedule now.';
  static override description =
    `What the push prints is shown and added to the log of the schedule; its exit code is the answer.
A push of the same job that is running is waited for.`;
  static override examples = [
    { description: 'Try it', command: '<%= config.bin %> schedule run docs' },
    {
      description: 'As the system would start it, under its account',
      command: '<%= config.bin %> schedule run docs --background',
    },
  ];
  static override args = nameArgument;
  static override flags = {
    background: boolean({
      exclusive: ['scheduled'],
      summary: 'Have the system start it, and do not wait.',
    }),
    scheduled: boolean({
      summary: 'As the system does: print nothing, and exit with 11 when a push of the job is running.',
    }),
    records: string({ hidden: true, helpValue: 'DIR', summary: 'Directory in which the schedule is kept.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleRun);
    const desk = await this.desk(flags.records);
    const { carryOutSchedule, startSchedule } = await import('../../index.ts');
    if (flags.background) {
      await startSchedule(desk, args.name);
      await this.results.object({ started: args.name }, () => `Started ${args.name}\n`);
      return;
    }
    const { stdout, stderr, env } = this.environment;
    const isShown = !flags.scheduled && this.mode === 'text';
    const run = await carryOutSchedule(desk, args.name, {
      env,
      scheduled: Boolean(flags.scheduled),
      signal: this.signal,
      onWarning: this.sayWarning,
      onReload: onHangUp,
      onOutput: isShown
        ? (bytes, stream) => void (stream === 'stdout' ? stdout : stderr).write(bytes)
        : undefined,
    });
    this.exitWith(run.exitCode ?? 1);
    const { pid: _, ...facts } = run;
    // A scheduler that mails what is printed has nothing to mail.
    await this.results.object({ run: facts }, () =>
      flags.scheduled ? '' : `${args.name}: ${resultOf({ ...facts, state: 'ended' })}\n`,
    );
  }
}

/** A watch reads its configuration again; other runs end, as they do when a terminal hangs up. */
function onHangUp(reload: () => void): () => void {
  process.on('SIGHUP', reload);
  return () => void process.off('SIGHUP', reload);
}
