import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { withSchedule } from '../../src/schedule/cron.ts';
import { launchdPlist } from '../../src/schedule/launchd-plist.ts';
import type { CommandLine } from '../../src/schedule/quoting.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';
import { serviceUnit, timerUnit, watchUnit } from '../../src/schedule/systemd-units.ts';
import { type Principal, taskFile, taskXml } from '../../src/schedule/task-xml.ts';
import { expectGolden } from './golden.ts';
import { aSchedule, commandOf } from './machine.ts';

/*
 * What each system is given, against files that were looked at; and against the systems' own readers where this machine has them.
 */

const posixPath = `/opt/b "m" 100%/$HOME/it's & <x>/run.js`;
const windowsPath = "C:\\Program Files\\it's & <b>\\run.js";

const cases: [name: string, facts: Partial<Schedule>][] = [
  ['every-15m', { trigger: { every: 15 } }],
  ['every-2h-system', { trigger: { every: 120 }, account: 'system' }],
  ['daily', { trigger: { daily: '02:30' }, wantsShadow: false, whileLoggedIn: true }],
  ['working-hours-disabled', { trigger: { cron: '*/20 8-18 * * 1-5' }, enabled: false }],
  ['day-or-weekday', { trigger: { cron: '5 4 13 1,7 fri' } }],
  ['months', { trigger: { cron: '0 6,18 1-3,31 */3 *' } }],
];
const odd = (trigger: Schedule['trigger']) => aSchedule({ name: 'Odd_name-1', trigger });
const oddCommand: CommandLine = ['/usr/bin/no de', posixPath, 'schedule', 'run', 'Odd_name-1', '--scheduled'];
const all: [string, Schedule, CommandLine][] = [
  ...cases.map(([name, facts]): [string, Schedule, CommandLine] => {
    const schedule = aSchedule({ name, ...facts });
    return [name, schedule, commandOf(schedule)];
  }),
  ['odd-paths', odd({ daily: '23:59' }), oddCommand],
];

const watches = (['user', 'system'] as const).map((account) =>
  aSchedule({
    name: `watch-${account}`,
    account,
    trigger: { watch: true },
    whileLoggedIn: account === 'user',
  }),
);

const withCommand = (schedule: Schedule): [string, Schedule, CommandLine] => [
  schedule.name,
  schedule,
  commandOf(schedule),
];

describe('systemd', () => {
  test.each(watches)('$name', (schedule) => {
    expectGolden(`${schedule.name}.service`, watchUnit(schedule, commandOf(schedule)));
  });

  test.each(all)('%s', (name, schedule, command) => {
    expectGolden(`${name}.timer`, timerUnit(schedule));
    expectGolden(`${name}.service`, serviceUnit(schedule, command));
  });

  const hasVerify = spawnSync('systemd-analyze', ['--version']).status === 0;
  // The program must exist for the verifier; so here it is another.
  const program: CommandLine = [process.execPath, posixPath, 'schedule'];
  test.skipIf(reasonUnless(hasVerify, 'systemd-analyze is not installed'))(
    'its own verifier has no complaint',
    () => {
      for (const [name, schedule] of all) {
        const units = { service: serviceUnit(schedule, program), timer: timerUnit(schedule) };
        expectVerified(name, units);
      }
      for (const watch of watches) expectVerified(watch.name, { service: watchUnit(watch, program) });
    },
  );

  function expectVerified(name: string, units: Record<string, string>): void {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'bmcloud-units-'));
    try {
      const files = Object.entries(units).map(([kind, text]) => {
        const file = path.join(directory, `bmcloud-${name}.${kind}`);
        writeFileSync(file, text);
        return file;
      });
      const { stdout, stderr, status } = spawnSync('systemd-analyze', ['verify', ...files], {
        encoding: 'utf8',
      });
      const complaints = (stdout + stderr).split('\n').filter((line) => line.includes('bmcloud-'));
      expect({ complaints, status }).toEqual({ complaints: [], status: 0 });
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  test.skipIf(!hasVerify)('systemd means the same moments as we do', async () => {
    const { nextRun } = await import('../../src/schedule/trigger.ts');
    const base = new Date(2026, 5, 10, 11, 7);
    for (const [, schedule] of all) {
      const next = Array.from(timerUnit(schedule).matchAll(/OnCalendar=(.*)/g), ([, text]) =>
        systemdNext(text!, base),
      );
      expect(Math.min(...next)).toBe(nextRun(schedule.trigger, base)!.getTime());
    }
  });
});

/** What systemd-analyze says is the next time after `base`. */
function systemdNext(calendar: string, base: Date): number {
  const args = ['calendar', `--base-time=@${base.getTime() / 1000}`, calendar];
  const text = execFileSync('systemd-analyze', args, {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
  });
  const [, time] = /\(in UTC\): \w+ (.*) UTC/.exec(text) ?? /Next elapse: \w+ (.*) UTC/.exec(text)!;
  return new Date(`${time!.replace(' ', 'T')}Z`).getTime();
}

describe('launchd', () => {
  test.each(watches)('$name', (schedule) => {
    expectGolden(`${schedule.name}.plist`, launchdPlist(schedule, commandOf(schedule)));
  });

  test.each(all)('%s', (name, schedule, command) => {
    expectGolden(`${name}.plist`, launchdPlist(schedule, command));
  });

  const hasPython = spawnSync('python3', ['-c', 'import plistlib']).status === 0;
  test.skipIf(reasonUnless(hasPython, 'no python3 to read property lists'))(
    'a reader of property lists reads the same words',
    () => {
      for (const [, schedule, command] of [...all, ...watches.map(withCommand)]) {
        const script =
          'import plistlib, sys, json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
        const text = execFileSync('python3', ['-c', script], {
          input: launchdPlist(schedule, command),
          encoding: 'utf8',
        });
        expect(JSON.parse(text)).toMatchObject({
          Label: `bmcloud.${schedule.name}`,
          ProgramArguments: command,
        });
      }
    },
  );

  test('a time that needs thousands of entries is refused', () => {
    const schedule = aSchedule({ trigger: { cron: '1-59 1-23 1-30 * *' } });
    expect(() => launchdPlist(schedule, commandOf(schedule))).toThrow(/would have to know 40710 times/);
  });
});

describe('cron', () => {
  test.each(all)('%s', (name, schedule, command) => {
    expectGolden(
      `${name}.crontab`,
      withSchedule(['# mine', '@daily x'], schedule, command)
        .map((l) => `${l}\n`)
        .join(''),
    );
  });
});

describe('cron itself', () => {
  /** The exit code of a check without installing, where this cron knows that. */
  const check = (lines: string[]) => {
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'bmcloud-cron-')), 'table');
    try {
      writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
      return spawnSync('crontab', ['-n', file]).status;
    } finally {
      rmSync(path.dirname(file), { recursive: true });
    }
  };
  const canCheck = check(['* * * * * true']) === 0 && check(['99 * * * * true']) !== 0;
  test.skipIf(reasonUnless(canCheck, 'no crontab that checks without installing (-n)'))(
    'takes the lines',
    () => {
      for (const [, schedule, command] of all) expect(check(withSchedule([], schedule, command))).toBe(0);
    },
  );
});

describe('Task Scheduler', () => {
  const principal = ({ account, whileLoggedIn, wantsShadow }: Schedule): Principal => ({
    account: account === 'system' ? 'system' : { user: 'DESK\\Zoë & Co' },
    session: whileLoggedIn ? 'interactive' : 'background',
    elevated: wantsShadow,
  });
  const command: CommandLine = [
    'C:\\Program Files\\nodejs\\node.exe',
    windowsPath,
    'schedule',
    'run',
    'x',
    '--scheduled',
  ];

  test.each([...all, ...watches.map(withCommand)])('%s', (name, schedule) => {
    const xml = taskXml(schedule, command, principal(schedule));
    expectGolden(`${name}.xml`, xml.replaceAll('\r\n', '\n'));
  });

  test('the file is UTF-16LE with its mark, and no argument of the push stands in it', () => {
    const schedule = aSchedule({ arguments: ['C:\\Users\\me', '--tag', 'my-tag', '--repo', 's3://bucket'] });
    const bytes = Buffer.from(taskFile(taskXml(schedule, command, principal(schedule))));
    expect([...bytes.subarray(0, 4)]).toEqual([0xff, 0xfe, 0x3c, 0x00]);
    const text = bytes.toString('utf16le');
    expect(text).toContain('Zoë &amp; Co');
    expect(text).not.toMatch(/my-tag|bucket|Users/);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  test('what a task cannot say is refused', () => {
    const schedule = aSchedule({
      trigger: { cron: '0,1,3,7,12,20,30,44,45,47,51 0,1,3,7,8,10,14,15,17,21,22 * * 1' },
    });
    expect(() => taskXml(schedule, command, principal(schedule))).toThrow(/would need \d+ triggers/);
  });
});

test('every golden file is somebody’s', () => {
  const names = new Set([...all.map(([name]) => name), ...watches.map(({ name }) => name)]);
  const files = readdirSync(new URL('golden/', import.meta.url));
  expect(files.filter((file) => !names.has(file.replace(/\.\w+$/, '')))).toEqual([]);
  expect(files).toHaveLength(all.length * 5 + watches.length * 3);
});

/** Says why a check is left out. */
function reasonUnless(present: boolean, reason: string): boolean {
  if (!present) console.info(`skipped: ${reason}`);
  return !present;
}
