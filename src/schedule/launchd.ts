import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectories } from '../flow/make-directories.ts';
import { launchdLabel, launchdPlist } from './launchd-plist.ts';
import type { Schedule } from './schedule.ts';
import { type CommandOf, type Machine, must, type SystemScheduler } from './system.ts';

/** Agents of the user, or daemons of the system, of launchd. What was missed while the machine slept runs when it wakes. */
export function launchdScheduler(machine: Machine, commandOf: CommandOf, daemons: string): SystemScheduler {
  const domain = ({ account }: Schedule) => (account === 'system' ? 'system' : `gui/${machine.uid}`);
  const target = (schedule: Schedule) => `${domain(schedule)}/${launchdLabel(schedule.name)}`;
  const directory = ({ account }: Schedule) =>
    account === 'system' ? daemons : join(machine.home, 'Library', 'LaunchAgents');
  const plist = (schedule: Schedule) => join(directory(schedule), `${launchdLabel(schedule.name)}.plist`);
  const launchctl = (...args: string[]) => must(machine.run, 'launchctl', args);
  // Fails where it is not loaded, which is what is wanted.
  const unload = (schedule: Schedule) => machine.run('launchctl', ['bootout', target(schedule)]);

  const enable = async (schedule: Schedule) => {
    await unload(schedule);
    await launchctl('enable', target(schedule));
    await launchctl('bootstrap', domain(schedule), plist(schedule));
  };
  const disable = async (schedule: Schedule) => {
    // Being unloaded lasts until the next login only.
    await launchctl('disable', target(schedule));
    await unload(schedule);
  };

  return {
    kind: 'launchd',
    install: async (schedule) => {
      await makeDirectories(directory(schedule));
      // launchd refuses property lists that others can write to.
      await writeFile(plist(schedule), launchdPlist(schedule, commandOf(schedule)), { mode: 0o644 });
      await (schedule.enabled ? enable(schedule) : disable(schedule));
      return schedule.account === 'user' && !schedule.whileLoggedIn
        ? ['It runs only while you are logged in; for always, as root: --system']
        : [];
    },
    remove: async (schedule) => {
      await unload(schedule);
      await rm(plist(schedule), { force: true });
    },
    enable,
    disable,
    run: async (schedule) => {
      await launchctl('kickstart', target(schedule));
    },
    status: async (schedule) => {
      const { code } = await machine.run('launchctl', ['print', target(schedule)]);
      if (code === 0) return 'installed';
      const isThere = await access(plist(schedule)).then(
        () => true,
        () => false,
      );
      return isThere ? 'disabled' : 'missing';
    },
  };
}
