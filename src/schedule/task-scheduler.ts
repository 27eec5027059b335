import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Schedule } from './schedule.ts';
import { type Answer, type CommandOf, type Machine, must, refused, type SystemScheduler } from './system.ts';
import { type Principal, taskFile, taskName, taskXml } from './task-xml.ts';

/** The Task Scheduler of Windows, through `schtasks`. */
export function taskScheduler(machine: Machine, commandOf: CommandOf): SystemScheduler {
  const register = async (schedule: Schedule) => {
    const notices = await install(machine, schedule, commandOf);
    if (isWatch(schedule)) await (schedule.enabled ? start(schedule) : end(schedule));
    return notices;
  };
  const start = ({ name }: Schedule) => must(machine.run, 'schtasks', ['/Run', '/TN', taskName(name)]);
  // Fails where it does not run, which is what is wanted.
  const end = ({ name }: Schedule) => machine.run('schtasks', ['/End', '/TN', taskName(name)]);
  return {
    kind: 'task-scheduler',
    install: register,
    remove: async (schedule) => {
      const { name } = schedule;
      if (isWatch(schedule)) await end(schedule);
      const args = ['/Delete', '/TN', taskName(name), '/F'];
      const answer = await machine.run('schtasks', args);
      // The answer is in the user's language, so whether there still is one is asked.
      if (answer.code !== 0 && (await exists(machine, name)))
        throw refused('schtasks', args, answer, elevate);
    },
    // The definition says whether it is enabled: registering it again is one way for everything.
    enable: async (schedule) => void (await register({ ...schedule, enabled: true })),
    disable: async (schedule) => void (await register({ ...schedule, enabled: false })),
    run: async (schedule) => void (await start(schedule)),
    status: async (schedule) => {
      if (!(await exists(machine, schedule.name))) return 'missing';
      return schedule.enabled ? 'installed' : 'disabled';
    },
  };
}

/** It is to run now, not from the next start of the system on. */
function isWatch({ trigger }: Schedule): boolean {
  return 'watch' in trigger;
}

const elevate = 'Try again in a prompt that was started with "Run as administrator"';

/**
 * Registers the task with the rights it wants. Without an elevated prompt Windows lets a user register only what runs in his own
 * session with ordinary rights: then it is that, and the user is told. @throws `scheduler`
 */
async function install(machine: Machine, schedule: Schedule, commandOf: CommandOf): Promise<string[]> {
  const wanted = wantedPrincipal(machine, schedule);
  const answer = await create(machine, schedule, commandOf, wanted);
  if (answer.code === 0) return [];
  const modest: Principal = { ...wanted, session: 'interactive', elevated: false };
  const isModest = wanted.session === modest.session && !wanted.elevated;
  if (schedule.account === 'system' || isModest || mustHaveShadow(schedule))
    throw refused('schtasks', ['/Create'], answer, elevate);
  const second = await create(machine, schedule, commandOf, modest);
  if (second.code === 0) return modestNotices(schedule);
  throw refused('schtasks', ['/Create'], second, elevate);
}

function wantedPrincipal({ user }: Machine, schedule: Schedule): Principal {
  return {
    account: schedule.account === 'system' ? 'system' : { user },
    session: schedule.whileLoggedIn ? 'interactive' : 'background',
    elevated: schedule.wantsShadow || schedule.account === 'system',
  };
}

/** The user said that nothing but the shadow will do. */
function mustHaveShadow({ arguments: words }: Schedule): boolean {
  return words.some(
    (word, i) => word === '--shadow=always' || (word === '--shadow' && words[i + 1] === 'always'),
  );
}

function modestNotices(schedule: Schedule): string[] {
  const what = [
    ...(schedule.whileLoggedIn ? [] : ['runs only while you are logged in']),
    ...(schedule.wantsShadow ? ['skips files that other programs hold open'] : []),
  ];
  return [
    `This prompt is not elevated, so the job ${what.join(', and ')}. For more: remove it, and add it again in a prompt that was started with "Run as administrator"`,
  ];
}

async function create(
  machine: Machine,
  schedule: Schedule,
  commandOf: CommandOf,
  principal: Principal,
): Promise<Answer> {
  const file = join(machine.temporary, `bmcloud-${schedule.name}-${randomUUID()}.xml`);
  await writeFile(file, taskFile(taskXml(schedule, commandOf(schedule), principal)), {
    flag: 'wx',
    mode: 0o600,
  });
  try {
    return await machine.run('schtasks', ['/Create', '/TN', taskName(schedule.name), '/XML', file, '/F']);
  } finally {
    await rm(file, { force: true });
  }
}

async function exists(machine: Machine, name: string): Promise<boolean> {
  return (await machine.run('schtasks', ['/Query', '/TN', taskName(name)])).code === 0;
}
