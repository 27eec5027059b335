import { nameArgument, ScheduleCommand } from '../../cli/schedule-command.ts';

export default class ScheduleEnable extends ScheduleCommand {
  static override summary = 'Start a disabled schedule again.';
  static override description = 'It runs at its times from now on; what was missed is not made up for.';
  static override examples = [
    { description: 'Backups after the holidays', command: '<%= config.bin %> schedule enable docs' },
  ];
  static override args = nameArgument;

  async run(): Promise<void> {
    const { args } = await this.parse(ScheduleEnable);
    const { enableSchedule } = await import('../../index.ts');
    const schedule = await enableSchedule(await this.desk(), args.name, true);
    await this.results.object({ schedule }, () => `Schedule ${schedule.name} is enabled\n`);
  }
}
