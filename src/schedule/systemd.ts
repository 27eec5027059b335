import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectories } from '../flow/make-directories.ts';
import type { Schedule } from './schedule.ts';
import { type CommandOf, type Machine, must, type SystemScheduler } from './system.ts';
import { serviceUnit, timerUnit, unitName, watchUnit } from './systemd-units.ts';

/** Timers of systemd, or the service of a watch: of the user, or of the system. */
export function systemdScheduler(
  machine: Machine,
  commandOf: CommandOf,
  systemUnits: string,
): SystemScheduler {
  const directoryOf = (schedule: Schedule) =>
    schedule.account === 'system' ? systemUnits : join(machine.configHome, 'systemd', 'user');
  const systemctl = (schedule: Schedule, ...args: string[]) =>
    must(machine.run, 'systemctl', [...scopeOf(schedule), ...args]);
  const timer = ({ name }: Schedule) => `${unitName(name)}.timer`;
  const service = ({ name }: Schedule) => `${unitName(name)}.service`;
  /** What is enabled: for a watch there is no timer. */
  const unit = (schedule: Schedule) => ('watch' in schedule.trigger ? service(schedule) : timer(schedule));

  const enable = async (schedule: Schedule) => {
    await systemctl(schedule, 'enable', '--now', unit(schedule));
  };
  const disable = async (schedule: Schedule) => {
    await systemctl(schedule, 'disable', '--now', unit(schedule));
  };

  return {
    kind: 'systemd',
    install: async (schedule) => {
      const directory = directoryOf(schedule);
      await makeDirectories(directory);
      const isWatch = 'watch' in schedule.trigger;
      const text = isWatch ? watchUnit : serviceUnit;
      await writeFile(join(directory, service(schedule)), text(schedule, commandOf(schedule)));
      if (!isWatch) await writeFile(join(directory, timer(schedule)), timerUnit(schedule));
      await systemctl(schedule, 'daemon-reload');
      if (schedule.enabled) await enable(schedule);
      return schedule.account === 'user' && !schedule.whileLoggedIn ? lingering(machine) : [];
    },
    remove: async (schedule) => {
      const directory = directoryOf(schedule);
      // A timer that is not there any more must not keep its files here.
      await machine.run('systemctl', [...scopeOf(schedule), 'disable', '--now', unit(schedule)]);
      await rm(join(directory, timer(schedule)), { force: true });
      await rm(join(directory, service(schedule)), { force: true });
      await systemctl(schedule, 'daemon-reload');
    },
    enable,
    disable,
    run: async (schedule) => {
      await systemctl(schedule, 'start', '--no-block', service(schedule));
    },
    status: async (schedule) => {
      const { stdout } = await machine.run('systemctl', [...scopeOf(schedule), 'is-enabled', unit(schedule)]);
      const word = stdout.trim();
      if (word === 'enabled') return 'installed';
      return word === 'disabled' ? 'disabled' : 'missing';
    },
  };
}

/** Whether systemd answers: it may be installed and not run, as in a container, or run and have nobody logged in. */
export async function systemdAnswers({ run }: Machine, account: Schedule['account']): Promise<boolean> {
  return (await run('systemctl', [...scopeOf({ account }), 'show-environment'])).code === 0;
}

function scopeOf({ account }: Pick<Schedule, 'account'>): string[] {
  return account === 'user' ? ['--user'] : [];
}

/** Without lingering, the timers of a user run only while he is logged in. */
async function lingering({ run, user }: Machine): Promise<string[]> {
  const { code, stdout } = await run('loginctl', ['show-user', user, '--property=Linger']);
  if (code !== 0 || stdout.trim() === 'Linger=yes') return [];
  return [`It runs only while you are logged in; for always: loginctl enable-linger ${user}`];
}
