import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  addSchedule,
  enableSchedule,
  listSchedules,
  removeSchedule,
  type ScheduleDesk,
  type ScheduleRequest,
  showSchedule,
} from '../src/schedules.ts';
import { type RecordingMachine, recordingMachine } from './schedule/machine.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-schedules-'));
});
afterEach(() => rm(directory, { recursive: true }));

const request: ScheduleRequest = {
  name: 'docs',
  account: 'user',
  trigger: { daily: '02:30' },
  arguments: ['/home/me/Documents'],
  directory: '/home/me',
  environment: { AWS_PROFILE: 'backup' },
  whileLoggedIn: false,
  wantsShadow: true,
};

type Answers = Parameters<typeof recordingMachine>[1];

function deskWith(
  answer?: Answers,
  platform: NodeJS.Platform = 'linux',
): ScheduleDesk & { machine: RecordingMachine } {
  const machine = recordingMachine(
    { platform, home: directory, configHome: path.join(directory, 'config'), temporary: directory },
    answer,
  );
  const site = (account: 'user' | 'system', isDefault: boolean) => ({
    account,
    isDefault,
    records: path.join(directory, account, 'schedules'),
    directories: { BMCLOUD_STATE_DIR: path.join(directory, account, 'state') },
  });
  return {
    machine,
    program: ['/usr/bin/node', '/opt/run.js'],
    sites: [site('user', true), site('system', false)],
    now: () => new Date(2026, 10, 21, 7, 30),
    places: { systemdUnits: path.join(directory, 'units'), launchDaemons: directory },
  };
}

test('what is added is listed, with its next run', async () => {
  const desk = deskWith();
  const { schedule } = await addSchedule(desk, request);
  expect(schedule).toMatchObject({
    name: 'docs',
    trigger: 'daily 02:30',
    nextRun: new Date(2026, 10, 22, 2, 30),
    environment: { AWS_PROFILE: 'backup', BMCLOUD_STATE_DIR: path.join(directory, 'user', 'state') },
    log: path.join(directory, 'user', 'state', 'logs', 'docs.log'),
  });
  expect(await listSchedules(desk)).toEqual([schedule]);
  expect(schedule).not.toHaveProperty('lastRun');
});

test('a disabled one has no next run', async () => {
  const desk = deskWith();
  await addSchedule(desk, request);
  expect(await enableSchedule(desk, 'docs', false)).not.toHaveProperty('nextRun');
  expect((await listSchedules(desk))[0]).toMatchObject({ enabled: false });
  expect(await enableSchedule(desk, 'docs', true)).toHaveProperty('nextRun');
});

test('the second of one name is refused before the scheduler hears of it', async () => {
  const desk = deskWith();
  await addSchedule(desk, request);
  desk.machine.commands.splice(0);
  await expect(addSchedule(desk, { ...request, name: 'DOCS' })).rejects.toThrow(/"DOCS" already/);
  expect(desk.machine.commands).toEqual(['systemctl --user show-environment']);
});

test('when the scheduler refuses, nothing is kept', async () => {
  const desk = deskWith((line) => (line.includes('enable') ? { code: 1, stderr: 'no' } : undefined));
  await expect(addSchedule(desk, request)).rejects.toMatchObject({ code: 'scheduler' });
  expect(await listSchedules(desk)).toEqual([]);
});

test('the process of the system is told where the records are, unless it looks there anyway', async () => {
  const desk = deskWith(undefined, 'darwin');
  await addSchedule(desk, request);
  await addSchedule(desk, { ...request, name: 'all', account: 'system' });
  const { readFile } = await import('node:fs/promises');
  const agent = await readFile(path.join(directory, 'Library', 'LaunchAgents', 'bmcloud.docs.plist'), 'utf8');
  expect(agent).not.toContain('--records');
  const daemon = await readFile(path.join(directory, 'bmcloud.all.plist'), 'utf8');
  expect(daemon).toContain(`<string>--records</string>\n    <string>${desk.sites[1]!.records}</string>`);
  expect((await listSchedules(desk)).map(({ name }) => name)).toEqual(['all', 'docs']);
});

test('what SYSTEM carries out, others cannot write', async () => {
  const desk = deskWith(undefined, 'win32');
  const config = path.dirname(desk.sites[1]!.records);
  const made: string[] = [];
  let sddl = 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';
  desk.guard = {
    fileAttributes: () => ({ attributes: 0x10 }),
    securityDescriptor: () => sddl,
    makeDirectory: (directory) => void made.push(directory),
  };
  await addSchedule(desk, { ...request, account: 'system' });
  expect(made).toEqual([config]);
  expect(await showSchedule(desk, 'docs')).toMatchObject({ installed: 'installed' });
  // What somebody else put there is not carried out.
  sddl = 'O:S-1-5-21-1-2-3-1001G:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';
  await expect(showSchedule(desk, 'docs')).rejects.toThrow(/not safe for SYSTEM to read/);
});

test('a place outside of the profile is left to its user', async () => {
  const desk = deskWith(undefined, 'win32');
  // A profile is protected by itself, any other place is not.
  const others = async (isDefault: boolean) => {
    desk.sites[0]!.isDefault = isDefault;
    desk.machine.commands.splice(0);
    await addSchedule(desk, { ...request, name: `mine-${isDefault}` });
    return desk.machine.commands.filter((line) => line.startsWith('icacls'));
  };
  expect(await others(true)).toEqual([]);
  expect(await others(false)).toEqual([
    `icacls ${desk.sites[0]!.records} /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F me:(OI)(CI)F /Q`,
  ]);
});

test('who is not root adds nothing for the system', async () => {
  const desk = deskWith();
  desk.sites.pop();
  await expect(addSchedule(desk, { ...request, account: 'system' })).rejects.toMatchObject({
    code: 'usage',
    hint: 'Try again with sudo',
  });
});

test('show tells when the scheduler lost it', async () => {
  const desk = deskWith((line) => (line.includes('is-enabled') ? { code: 1 } : undefined));
  await addSchedule(desk, request);
  expect(await showSchedule(desk, 'Docs')).toMatchObject({
    installed: 'missing',
    schedule: { name: 'docs' },
  });
});

describe('remove', () => {
  const remove = async (desk: ScheduleDesk, force: boolean) => {
    const warnings: string[] = [];
    await removeSchedule(desk, 'docs', { force, onWarning: (message) => warnings.push(message) });
    return warnings;
  };

  test('keeps it when the scheduler does not let go, unless forced', async () => {
    let refuses = false;
    const desk = deskWith(() => (refuses ? { code: 1, stderr: 'Access denied' } : undefined));
    await addSchedule(desk, request);
    refuses = true;
    await expect(remove(desk, false)).rejects.toThrow(/Access denied/);
    expect(await listSchedules(desk)).toHaveLength(1);
    expect(await remove(desk, true)).toEqual([expect.stringContaining('Access denied')]);
    expect(await listSchedules(desk)).toEqual([]);
  });

  test('a damaged record goes when forced', async () => {
    const desk = deskWith();
    const [{ records }] = desk.sites as [ScheduleDesk['sites'][0]];
    await mkdir(path.join(records, 'docs'), { recursive: true });
    await writeFile(path.join(records, 'docs', 'schedule.json'), '{');
    await expect(remove(desk, false)).rejects.toMatchObject({ code: 'config' });
    expect(await remove(desk, true)).toHaveLength(1);
    expect(await readdir(records)).toEqual([]);
  });

  test('of what there is not is an error, forced or not', async () => {
    for (const force of [false, true])
      await expect(remove(deskWith(), force)).rejects.toMatchObject({ code: 'not-found' });
  });
});
