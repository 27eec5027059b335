import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Scheduler } from '../../src/schedule/schedule.ts';
import { chooseScheduler, type SystemPlaces, schedulerOf } from '../../src/schedule/scheduler.ts';
import type { Machine } from '../../src/schedule/system.ts';
import { lacks } from '../fixtures/platform.ts';
import { aSchedule, commandOf, recordingMachine } from './machine.ts';

/*
 * What each scheduler is told, command by command.
 */

let directory: string;
let places: SystemPlaces;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-scheduler-'));
  places = { systemdUnits: path.join(directory, 'system'), launchDaemons: path.join(directory, 'daemons') };
});
afterEach(() => rm(directory, { recursive: true }));

type Answers = Parameters<typeof recordingMachine>[1];

function setUp(kind: Scheduler, facts: Partial<Machine> = {}, answer?: Answers) {
  const machine = recordingMachine(
    { home: directory, configHome: path.join(directory, 'config'), temporary: directory, ...facts },
    answer,
  );
  const scheduler = schedulerOf(kind, machine, commandOf, places);
  /** The commands since the last look, without the names of temporary places. */
  const commands = () =>
    machine.commands.splice(0).map((line) => line.replaceAll(directory, '~').replace(/-[0-9a-f-]{36}/, ''));
  return { scheduler, commands };
}

describe('systemd', () => {
  const units = () => path.join(directory, 'config', 'systemd', 'user');

  test('keeps a watch running as a service, without a timer', async () => {
    const { scheduler, commands } = setUp('systemd');
    const watch = aSchedule({ trigger: { watch: true }, whileLoggedIn: true });
    await scheduler.install(watch);
    expect(await readdir(units())).toEqual(['bmcloud-docs.service']);
    const unit = await readFile(path.join(units(), 'bmcloud-docs.service'), 'utf8');
    expect(unit).toMatch(
      /Type=notify\nNotifyAccess=all\n[\s\S]*Restart=on-failure[\s\S]*WantedBy=default\.target/,
    );
    await scheduler.remove(watch);
    expect(await readdir(units())).toEqual([]);
    expect(commands()).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now bmcloud-docs.service',
      'systemctl --user disable --now bmcloud-docs.service',
      'systemctl --user daemon-reload',
    ]);
  });

  test('of the user', async () => {
    const { scheduler, commands } = setUp('systemd', {}, (line) =>
      line.startsWith('loginctl') ? { stdout: 'Linger=no\n' } : undefined,
    );
    const notices = await scheduler.install(aSchedule());
    expect(commands()).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now bmcloud-docs.timer',
      'loginctl show-user me --property=Linger',
    ]);
    expect(notices).toEqual(['It runs only while you are logged in; for always: loginctl enable-linger me']);
    expect((await readdir(units())).sort()).toEqual(['bmcloud-docs.service', 'bmcloud-docs.timer']);

    await scheduler.disable(aSchedule());
    await scheduler.enable(aSchedule());
    await scheduler.run(aSchedule());
    expect(commands()).toEqual([
      'systemctl --user disable --now bmcloud-docs.timer',
      'systemctl --user enable --now bmcloud-docs.timer',
      'systemctl --user start --no-block bmcloud-docs.service',
    ]);

    await scheduler.remove(aSchedule());
    expect(commands()).toEqual([
      'systemctl --user disable --now bmcloud-docs.timer',
      'systemctl --user daemon-reload',
    ]);
    expect(await readdir(units())).toEqual([]);
  });

  test('of the system', async () => {
    const { scheduler, commands } = setUp('systemd');
    await scheduler.install(aSchedule({ account: 'system' }));
    expect(commands()).toEqual(['systemctl daemon-reload', 'systemctl enable --now bmcloud-docs.timer']);
    expect((await readdir(places.systemdUnits)).length).toBe(2);
  });

  test('what it refuses is told in its words', async () => {
    const { scheduler } = setUp('systemd', {}, (line) =>
      line.includes('enable') ? { code: 1, stderr: 'Failed: unit is masked\n' } : undefined,
    );
    await expect(scheduler.install(aSchedule())).rejects.toMatchObject({
      code: 'scheduler',
      message: expect.stringContaining('unit is masked'),
    });
  });

  test.each([
    ['enabled', 'installed'],
    ['disabled', 'disabled'],
    ['', 'missing'],
  ])('a timer that is "%s"', async (stdout, status) => {
    const { scheduler } = setUp('systemd', {}, () => ({ code: stdout === 'enabled' ? 0 : 1, stdout }));
    expect(await scheduler.status(aSchedule())).toBe(status);
  });
});

describe('cron', () => {
  /** A crontab program: what `-` reads, `-l` prints. */
  function crontab(lines: string[] | undefined) {
    let table = lines?.map((line) => `${line}\n`).join('');
    const answer: Answers = (line, stdin) => {
      if (line === 'crontab -') table = stdin;
      else if (table === undefined) return { code: 1, stderr: 'no crontab for me\n' };
      else return { stdout: table };
      return undefined;
    };
    return { answer, table: () => table };
  }
  const job =
    '30 2 * * * /usr/bin/node /opt/bmcloud/bin/run.js schedule run docs --scheduled # bmcloud schedule docs';

  test('only our own lines change', async () => {
    const others = ['# m h', '', 'MAILTO=me', '@daily run # bmcloud schedule docs2', '  odd  line  '];
    const tab = crontab(others);
    const { scheduler, commands } = setUp('cron', {}, tab.answer);
    await scheduler.install(aSchedule());
    expect(tab.table()).toBe([...others, job].map((line) => `${line}\n`).join(''));
    expect(commands()).toEqual(['crontab -l', 'crontab -', 'crontab -l']);
    expect(await scheduler.status(aSchedule())).toBe('installed');
    await scheduler.enable(aSchedule());
    expect(tab.table()).toContain(job);
    await scheduler.disable(aSchedule());
    expect(tab.table()).toBe(others.map((line) => `${line}\n`).join(''));
    expect(await scheduler.status(aSchedule())).toBe('missing');
    expect(await scheduler.status(aSchedule({ enabled: false }))).toBe('disabled');
  });

  test('a user without a table gets one', async () => {
    const tab = crontab(undefined);
    await setUp('cron', {}, tab.answer).scheduler.install(aSchedule());
    expect(tab.table()).toBe(`${job}\n`);
  });

  test('a table that cannot be read is not replaced', async () => {
    const { scheduler, commands } = setUp('cron', {}, () => ({ code: 1, stderr: 'you are not allowed\n' }));
    await expect(scheduler.install(aSchedule())).rejects.toThrow(/not allowed/);
    expect(commands()).toEqual(['crontab -l']);
  });

  test('what another program took away again is put back, and told when it is in vain', async () => {
    let thefts = 1;
    const tab = crontab([]);
    const { scheduler } = setUp('cron', {}, (line, stdin) => {
      if (line !== 'crontab -' || thefts-- <= 0) return tab.answer!(line, stdin);
      return {};
    });
    await scheduler.install(aSchedule());
    expect(tab.table()).toBe(`${job}\n`);
    thefts = 9;
    await expect(scheduler.remove(aSchedule())).rejects.toThrow(/did not keep/);
  });

  test('it starts nothing by itself', async () => {
    await expect(setUp('cron').scheduler.run(aSchedule())).rejects.toMatchObject({ code: 'usage' });
  });
});

describe.skipIf(lacks('posixPaths'))('launchd', () => {
  const mac: Partial<Machine> = { platform: 'darwin', uid: 501 };

  test('an agent of the user', async () => {
    const { scheduler, commands } = setUp('launchd', mac);
    await scheduler.install(aSchedule({ whileLoggedIn: true }));
    expect(commands()).toEqual([
      'launchctl bootout gui/501/bmcloud.docs',
      'launchctl enable gui/501/bmcloud.docs',
      'launchctl bootstrap gui/501 ~/Library/LaunchAgents/bmcloud.docs.plist',
    ]);
    await scheduler.run(aSchedule());
    await scheduler.disable(aSchedule());
    expect(commands()).toEqual([
      'launchctl kickstart gui/501/bmcloud.docs',
      'launchctl disable gui/501/bmcloud.docs',
      'launchctl bootout gui/501/bmcloud.docs',
    ]);
    await scheduler.remove(aSchedule());
    expect(commands()).toEqual(['launchctl bootout gui/501/bmcloud.docs']);
    expect(await readdir(path.join(directory, 'Library', 'LaunchAgents'))).toEqual([]);
  });

  test('a daemon of the system', async () => {
    const { scheduler, commands } = setUp('launchd', mac);
    await scheduler.install(aSchedule({ account: 'system' }));
    expect(commands().at(-1)).toBe('launchctl bootstrap system ~/daemons/bmcloud.docs.plist');
  });

  test('where it is', async () => {
    const { scheduler } = setUp('launchd', mac, (line) =>
      line.includes(' print ') ? { code: 113 } : undefined,
    );
    expect(await scheduler.status(aSchedule())).toBe('missing');
    await scheduler.install(aSchedule());
    expect(await scheduler.status(aSchedule())).toBe('disabled');
    expect(await setUp('launchd', mac).scheduler.status(aSchedule())).toBe('installed');
  });
});

describe('Task Scheduler', () => {
  const windows: Partial<Machine> = { platform: 'win32', uid: undefined, user: 'DESK\\me' };
  const create = `schtasks /Create /TN \\bmcloud\\docs /XML ${path.join('~', 'bmcloud-docs.xml')} /F`;

  test('a watch runs at once, and ends when it is disabled or removed', async () => {
    const { scheduler, commands } = setUp('task-scheduler', { platform: 'win32' });
    const watch = aSchedule({ trigger: { watch: true } });
    await scheduler.install(watch);
    expect(commands()).toEqual([create, 'schtasks /Run /TN \\bmcloud\\docs']);
    await scheduler.disable(watch);
    expect(commands()).toEqual([create, 'schtasks /End /TN \\bmcloud\\docs']);
    await scheduler.remove(watch);
    expect(commands()).toEqual([
      'schtasks /End /TN \\bmcloud\\docs',
      'schtasks /Delete /TN \\bmcloud\\docs /F',
    ]);
  });

  /** Keeps the definitions that were handed over; `refuse` says which are not taken. */
  function taskService(refuse: (xml: string) => boolean = () => false) {
    const definitions: string[] = [];
    const machine = recordingMachine({ home: directory, temporary: directory, ...windows });
    const { run } = machine;
    machine.run = async (command, args, stdin) => {
      const answer = await run(command, args, stdin);
      const file = args[args.indexOf('/XML') + 1];
      if (args[0] !== '/Create') return answer;
      definitions.push((await readFile(file!)).toString('utf16le'));
      return refuse(definitions.at(-1)!)
        ? { ...answer, code: 1, stderr: 'FEHLER: Zugriff verweigert\n' }
        : answer;
    };
    return { scheduler: schedulerOf('task-scheduler', machine, commandOf, places), definitions, machine };
  }

  test('install, enable, disable, run, status, remove', async () => {
    const { scheduler, commands } = setUp('task-scheduler', windows);
    expect(await scheduler.install(aSchedule())).toEqual([]);
    await scheduler.disable(aSchedule());
    await scheduler.enable(aSchedule());
    await scheduler.run(aSchedule());
    expect(await scheduler.status(aSchedule())).toBe('installed');
    await scheduler.remove(aSchedule());
    expect(commands()).toEqual([
      create,
      create,
      create,
      'schtasks /Run /TN \\bmcloud\\docs',
      'schtasks /Query /TN \\bmcloud\\docs',
      'schtasks /Delete /TN \\bmcloud\\docs /F',
    ]);
    expect(await readdir(directory)).toEqual([]);
  });

  test('an elevated prompt gets what is wanted: no window, all rights', async () => {
    const { scheduler, definitions } = taskService();
    await scheduler.install(aSchedule());
    expect(definitions).toHaveLength(1);
    expect(definitions[0]).toMatch(/DESK\\me[\s\S]*S4U[\s\S]*HighestAvailable/);
    await scheduler.install(aSchedule({ wantsShadow: false, whileLoggedIn: true }));
    expect(definitions[1]).toMatch(/InteractiveToken[\s\S]*LeastPrivilege/);
    await scheduler.install(aSchedule({ account: 'system', wantsShadow: false }));
    expect(definitions[2]).toMatch(/S-1-5-18[\s\S]*HighestAvailable/);
  });

  test('any other prompt gets what it may, and the user is told what that is', async () => {
    const { scheduler, definitions } = taskService((xml) => /S4U|HighestAvailable/.test(xml));
    const [notice] = await scheduler.install(aSchedule());
    expect(definitions[1]).toMatch(/InteractiveToken[\s\S]*LeastPrivilege/);
    expect(notice).toMatch(/runs only while you are logged in, and skips files .* administrator/);
  });

  test.each([
    ['SYSTEM', aSchedule({ account: 'system' })],
    ['a push that must have a shadow', aSchedule({ arguments: ['.', '--shadow', 'always'] })],
    ['what is modest already', aSchedule({ wantsShadow: false, whileLoggedIn: true })],
  ])('there is nothing less for %s', async (_, schedule) => {
    const { scheduler, definitions } = taskService(() => true);
    await expect(scheduler.install(schedule)).rejects.toMatchObject({
      code: 'scheduler',
      message: 'schtasks /Create failed: FEHLER: Zugriff verweigert',
      hint: expect.stringContaining('Run as administrator'),
    });
    expect(definitions).toHaveLength(1);
  });

  test('a task that somebody else removed is as good as removed', async () => {
    const gone = setUp('task-scheduler', windows, () => ({ code: 1 }));
    await gone.scheduler.remove(aSchedule());
    expect(await gone.scheduler.status(aSchedule())).toBe('missing');
    const kept = setUp('task-scheduler', windows, (line) =>
      line.includes('/Delete') ? { code: 1 } : undefined,
    );
    await expect(kept.scheduler.remove(aSchedule())).rejects.toMatchObject({ code: 'scheduler' });
  });
});

describe('which one', () => {
  const choose = (facts: Partial<Machine>, missing: string[] = []) =>
    chooseScheduler(
      recordingMachine(facts, (line) =>
        missing.some((word) => line.startsWith(word)) ? { code: 127 } : undefined,
      ),
      'user',
    );

  test('the one of the platform; on Linux systemd, else cron', async () => {
    expect(await choose({ platform: 'win32' })).toBe('task-scheduler');
    expect(await choose({ platform: 'darwin' })).toBe('launchd');
    expect(await choose({})).toBe('systemd');
    expect(await choose({}, ['systemctl'])).toBe('cron');
  });

  test('with neither it says what to do', async () => {
    await expect(choose({}, ['systemctl', 'crontab'])).rejects.toMatchObject({
      code: 'scheduler',
      message: 'Neither systemd nor cron starts jobs here',
      hint: expect.stringContaining('Install cron'),
    });
  });
});
