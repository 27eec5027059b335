import { shellQuote } from '../../cli/completion-words.ts';
import { scheduleReport } from '../../cli/report-schedules.ts';
import { nameArgument, ScheduleCommand } from '../../cli/schedule-command.ts';

export default class ScheduleShow extends ScheduleCommand {
  static override summary = 'Show one schedule.';
  static override description =
    'Also asks the Task Scheduler, systemd, launchd or cron whether it still knows the schedule.';
  static override examples = [
    {
      description: 'What does it run, and where is its log?',
      command: '<%= config.bin %> schedule show docs',
    },
  ];
  static override args = nameArgument;

  async run(): Promise<void> {
    const { args } = await this.parse(ScheduleShow);
    const { showSchedule } = await import('../../index.ts');
    const { schedule, installed } = await showSchedule(await this.desk(), args.name);
    const command = ['bmcloud', 'push', ...schedule.arguments].map(plainly).join(' ');
    await this.results.object({ schedule, installed }, () => scheduleReport(schedule, installed, command));
  }
}

function plainly(word: string): string {
  return /^[\w./:=@,+\\-]+$/.test(word) ? word : shellQuote(word);
}
