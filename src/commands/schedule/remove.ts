import { boolean } from '@oclif/core/flags';
import { nameArgument, ScheduleCommand } from '../../cli/schedule-command.ts';

export default class ScheduleRemove extends ScheduleCommand {
  static override summary = 'Remove a schedule.';
  static override description = 'Its backups and its log stay.';
  static override examples = [
    { description: 'No more nightly backups', command: '<%= config.bin %> schedule remove docs' },
  ];
  static override args = nameArgument;
  static override flags = {
    force: boolean({ summary: 'Forget it even if the scheduler refuses, or its record is damaged.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleRemove);
    const { removeSchedule } = await import('../../index.ts');
    await removeSchedule(await this.desk(), args.name, {
      force: Boolean(flags.force),
      onWarning: this.sayWarning,
    });
    await this.results.object({ removed: args.name }, () => `Removed schedule ${args.name}\n`);
  }
}
