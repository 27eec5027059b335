import { BmcloudError } from '../errors.ts';
import { cronAnswers, cronScheduler } from './cron.ts';
import { launchdScheduler } from './launchd.ts';
import type { Schedule, Scheduler } from './schedule.ts';
import type { CommandOf, Machine, SystemScheduler } from './system.ts';
import { systemdAnswers, systemdScheduler } from './systemd.ts';
import { taskScheduler } from './task-scheduler.ts';

/** Where what belongs to the whole machine is written. */
export interface SystemPlaces {
  systemdUnits: string;
  launchDaemons: string;
}

export const systemPlaces: SystemPlaces = {
  systemdUnits: '/etc/systemd/system',
  launchDaemons: '/Library/LaunchDaemons',
};

/** The scheduler of a kind, on a machine that has it. */
export function schedulerOf(
  kind: Scheduler,
  machine: Machine,
  commandOf: CommandOf,
  places: SystemPlaces = systemPlaces,
): SystemScheduler {
  switch (kind) {
    case 'task-scheduler':
      return taskScheduler(machine, commandOf);
    case 'launchd':
      return launchdScheduler(machine, commandOf, places.launchDaemons);
    case 'systemd':
      return systemdScheduler(machine, commandOf, places.systemdUnits);
    case 'cron':
      return cronScheduler(machine, commandOf);
  }
}

/** What starts jobs on this machine: on Linux systemd where it runs, else cron. @throws `scheduler` */
export async function chooseScheduler(machine: Machine, account: Schedule['account']): Promise<Scheduler> {
  if (machine.platform === 'win32') return 'task-scheduler';
  if (machine.platform === 'darwin') return 'launchd';
  if (await systemdAnswers(machine, account)) return 'systemd';
  if (await cronAnswers(machine)) return 'cron';
  const ofUser = account === 'user' && machine.uid !== 0 ? ', or use --system as root' : '';
  throw new BmcloudError('scheduler', 'Neither systemd nor cron starts jobs here', {
    hint: `Install cron${ofUser}, or let what starts jobs here run "bmcloud push --no-wait DIR"`,
  });
}
