import { boolean, string } from '@oclif/core/flags';
import type { FlagShape } from '../../cli/arguments.ts';
import type { Environment } from '../../cli/environment.ts';
import { usage } from '../../cli/failure.ts';
import { globalFlags } from '../../cli/flags.ts';
import { formatMinute } from '../../cli/format.ts';
import {
  checkPushArguments,
  checkWatchArguments,
  divideArguments,
  scheduledCommand,
  wantsShadow,
} from '../../cli/schedule-arguments.ts';
import { nameArgument, ScheduleCommand } from '../../cli/schedule-command.ts';
import type { ScheduleDesk, ScheduleInfo, Trigger } from '../../index.ts';

/** How this command itself talks; all other global flags are the push's. */
const ours = ['quiet', 'verbose', 'json', 'json-stream', 'no-progress'] as const;

export default class ScheduleAdd extends ScheduleCommand {
  static override summary = 'Have the system start a push again and again.';
  static override description =
    `What follows the name, or --, is given to "bmcloud push"; with nothing there it pushes the configured job of that name, or every one.
The Task Scheduler of Windows, systemd, launchd or cron starts it. Paths begin in the current directory. No passphrase or key is kept with a schedule: use --passphrase-file or the configuration.`;
  static override examples = [
    {
      description: 'Every night',
      command: '<%= config.bin %> schedule add docs --daily 02:30 ~/Documents --repo s3://bucket/laptop',
    },
    {
      description: 'Every night, on Windows',
      command: '<%= config.bin %> schedule add docs --daily 02:30 C:\\Users\\ann\\Documents',
    },
    {
      description: 'A configured job, as its "schedule" says',
      command: '<%= config.bin %> schedule add documents',
    },
    { description: 'Every configured job', command: '<%= config.bin %> schedule add all --daily 02:30' },
    {
      description: 'Every quarter of an hour, with options of the push',
      command: '<%= config.bin %> schedule add work --every 15m -- ~/work --skip-unchanged --tag auto',
    },
    {
      description: 'All the time: every configured job, when something in it changes',
      command: '<%= config.bin %> schedule add all --watch',
    },
    {
      description: 'On working days at 8, 12 and 16 h',
      command: '<%= config.bin %> schedule add shop --cron "0 8,12,16 * * 1-5" D:\\shop',
    },
  ];
  static override usage = '<%= command.id %> NAME [FLAGS] [--] [PUSH ARGUMENTS]';
  static override args = nameArgument;
  static override flags = {
    every: string({
      helpValue: '15m',
      exclusive: ['daily', 'cron'],
      summary: 'Run every so many minutes or hours, counted from midnight.',
    }),
    daily: string({ helpValue: 'HH:MM', exclusive: ['cron'], summary: 'Run once a day.' }),
    cron: string({
      helpValue: '"M H D M W"',
      summary: 'Run by the five fields of a crontab: minute, hour, day, month, weekday.',
    }),
    watch: boolean({
      exclusive: ['every', 'daily', 'cron'],
      summary:
        'Keep "bmcloud watch" running as a service, in place of pushes at certain times. Not with cron.',
    }),
    system: boolean({
      summary: 'Run as SYSTEM, or root, also when nobody is logged in. Needs its rights.',
    }),
    'while-logged-in': boolean({
      exclusive: ['system'],
      summary: 'Run in your own session only; on Windows that is what reaches network drives.',
    }),
  };

  async run(): Promise<void> {
    const push = await scheduledCommand(this.argv, this.config);
    const words = divideArguments(this.argv, ownFlags(), { ...push.baseFlags, ...push.flags } as FlagShapes);
    const { args, flags } = await this.parse(ScheduleAdd, words.own);
    const { values } = this.settings.config;
    const { [args.name]: job, ...otherJobs } = values.jobs ?? {};
    const isSaid = flags.watch || (flags.every ?? flags.daily ?? flags.cron) !== undefined;
    const when: When = isSaid ? flags : (job?.schedule ?? {});
    const trigger = await this.#trigger(when);
    const hasJobs = job !== undefined || Object.keys(otherJobs).length > 0;
    const { isNaming, shadow } = when.watch
      ? await checkWatchArguments(words.push, await scheduledCommand(['--watch'], this.config), hasJobs)
      : await checkPushArguments(words.push, push, hasJobs);
    const { addSchedule, keptVariables } = await import('../../index.ts');
    const { env, platform, cwd } = this.environment;
    const desk = await this.desk();
    const { schedule, notices } = await addSchedule(desk, {
      name: args.name,
      account: flags.system || desk.machine.uid === 0 ? 'system' : 'user',
      trigger,
      arguments: job && !isNaming ? [args.name, ...words.push] : words.push,
      directory: cwd,
      environment: keptVariables(env, platform),
      whileLoggedIn: Boolean(flags['while-logged-in']),
      wantsShadow: wantsShadow(shadow, values, isNaming ? [] : job ? [args.name] : Object.keys(otherJobs)),
    });
    await this.#warn(schedule, desk);
    for (const notice of notices) this.notice(notice);
    const next = schedule.nextRun ? `; next run ${formatMinute(schedule.nextRun)}` : '';
    await this.results.object(
      { schedule },
      () => `Added schedule ${schedule.name}, ${schedule.trigger}${next}\n`,
    );
  }

  /** Of what works now and may not at night, and of what others could change. */
  async #warn({ account }: ScheduleInfo, { program }: ScheduleDesk): Promise<void> {
    const { secretVariables } = await import('../../index.ts');
    for (const name of secretVariables(this.environment.env))
      this.sayWarning(`${name} is not kept with the schedule: its runs must find it in a file`);
    if (account === 'system' && isInProfile(program, this.environment))
      this.sayWarning(
        'The program is in your profile: whatever runs as you can change what SYSTEM carries out',
      );
  }

  async #trigger({ every, daily, cron, watch }: When): Promise<Trigger> {
    const { parseCronTrigger, parseDaily, parseEvery } = await import('../../index.ts');
    if (watch) return { watch: true };
    if (every !== undefined) return parseEvery(every);
    if (daily !== undefined) return parseDaily(daily);
    if (cron !== undefined) return parseCronTrigger(cron);
    throw usage(
      'When it should run was not said',
      'Add --every 15m, --daily 02:30, --cron "0 8 * * 1-5" or --watch; or "schedule" to the job of that name in bmcloud.json',
    );
  }
}

type FlagShapes = Record<string, FlagShape>;

function ownFlags(): FlagShapes {
  return { ...ScheduleAdd.flags, ...Object.fromEntries(ours.map((name) => [name, globalFlags[name]])) };
}

/** On Windows the system is somebody else than whoever adds. */
function isInProfile(program: readonly string[], { platform, home }: Environment): boolean {
  return platform === 'win32' && program.some((word) => word.toLowerCase().startsWith(home.toLowerCase()));
}

interface When {
  every?: string | undefined;
  daily?: string | undefined;
  cron?: string | undefined;
  watch?: boolean | undefined;
}
