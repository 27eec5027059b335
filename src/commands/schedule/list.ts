import { schedulesReport } from '../../cli/report-schedules.ts';
import { ScheduleCommand } from '../../cli/schedule-command.ts';

export default class ScheduleList extends ScheduleCommand {
  static override summary = 'List schedules, their next and their last runs.';
  static override description =
    'The last success is the last run that saved everything: look there first when you wonder whether backups work.';
  static override examples = [{ description: 'All schedules', command: '<%= config.bin %> schedule list' }];

  async run(): Promise<void> {
    await this.parse(ScheduleList);
    const { listSchedules } = await import('../../index.ts');
    const schedules = await listSchedules(await this.desk());
    await this.results.object({ schedules }, () =>
      schedulesReport(schedules, this.environment.stdout.columns()),
    );
  }
}
