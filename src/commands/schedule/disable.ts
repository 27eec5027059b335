import { nameArgument, ScheduleCommand } from '../../cli/schedule-command.ts';

export default class ScheduleDisable extends ScheduleCommand {
  static override summary = 'Stop starting a schedule, and keep it.';
  static override description = 'A run in progress is not stopped. "schedule run" still works.';
  static override examples = [
    { description: 'No backups for a while', command: '<%= config.bin %> schedule disable docs' },
  ];
  static override args = nameArgument;

  async run(): Promise<void> {
    const { args } = await this.parse(ScheduleDisable);
    const { enableSchedule } = await import('../../index.ts');
    const schedule = await enableSchedule(await this.desk(), args.name, false);
    await this.results.object({ schedule }, () => `Schedule ${schedule.name} is disabled\n`);
  }
}
