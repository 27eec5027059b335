import { boolean, string } from '@oclif/core/flags';
import { parseWhole } from '../../cli/quantities.ts';
import { nameArgument, ScheduleCommand } from '../../cli/schedule-command.ts';

export default class ScheduleLogs extends ScheduleCommand {
  static override summary = 'Show what the runs of a schedule printed.';
  static override description = 'The log is kept in five files of at most 1 MiB.';
  static override examples = [
    { description: 'The last lines', command: '<%= config.bin %> schedule logs docs --lines 20' },
    { description: 'Watch a run', command: '<%= config.bin %> schedule logs docs --follow' },
  ];
  static override args = nameArgument;
  static override flags = {
    lines: string({
      char: 'n',
      helpValue: 'COUNT',
      default: '100',
      summary: 'Show this many of the last lines.',
    }),
    follow: boolean({ char: 'f', summary: 'Go on with what is added, until Ctrl-C.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleLogs);
    const { scheduleLog } = await import('../../index.ts');
    const lines = parseWhole(flags.lines, '--lines', 0, 1_000_000);
    const { signal } = this;
    const values = scheduleLog(await this.desk(), args.name, {
      lines,
      follow: Boolean(flags.follow),
      signal,
    });
    await this.results.list({ one: 'line', many: 'lines', values, line: (line) => line });
  }
}
