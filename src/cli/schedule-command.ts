import { string as textArgument } from '@oclif/core/args';
import type { ScheduleDesk } from '../index.ts';
import { BmcloudCommand } from './command.ts';
import { scheduleDesk } from './schedule-desk.ts';

/** The argument of commands that work on one schedule. */
export const nameArgument = {
  name: textArgument({
    ignoreStdin: true,
    required: true,
    description: 'Name of the schedule.',
  }),
};

/** A command that works on schedules. */
export abstract class ScheduleCommand extends BmcloudCommand {
  /** @param records the only directory to look for schedules */
  protected desk(records?: string): Promise<ScheduleDesk> {
    return scheduleDesk(this.environment, this.directories, records);
  }
}
