import path from 'node:path';
import { expect, test } from 'vitest';
import { userDirectories } from '../../src/cli/directories.ts';
import type { Environment } from '../../src/cli/environment.ts';
import { scheduleDesk } from '../../src/cli/schedule-desk.ts';

const environment = (facts: Partial<Environment>): Environment =>
  ({
    env: {},
    cwd: '/',
    home: '/home/me',
    user: 'me',
    platform: 'linux',
    now: () => new Date(),
    ...facts,
  }) as Environment;

function deskOf(facts: Partial<Environment>, records?: string) {
  const surroundings = environment(facts);
  return scheduleDesk(surroundings, userDirectories(surroundings), records);
}

test('on Windows SYSTEM has a place of its own, whatever the variables of this shell say', async () => {
  const desk = await deskOf({
    platform: 'win32',
    home: 'C:\\Users\\me',
    env: {
      USERDOMAIN: 'DESK',
      USERNAME: 'me',
      ProgramData: 'C:\\ProgramData',
      APPDATA: 'C:\\Users\\me\\AppData\\Roaming',
      BMCLOUD_CONFIG_DIR: 'C:\\elsewhere',
    },
  });
  expect(desk.machine.user).toBe('DESK\\me');
  const [user, system] = desk.sites;
  expect(user).toMatchObject({ account: 'user', isDefault: false });
  expect(user!.records).toContain('C:\\elsewhere');
  expect(system).toMatchObject({ account: 'system', isDefault: true });
  expect(system!.records).toContain('C:\\ProgramData\\bmcloud');
  expect(system!.directories.BMCLOUD_CONFIG_DIR).toContain('C:\\ProgramData\\bmcloud');
});

test('a place that the variables name must be told to the process that is started', async () => {
  const { sites } = await deskOf({ env: { BMCLOUD_CONFIG_DIR: '/elsewhere' } });
  expect(sites[0]).toMatchObject({ isDefault: false, records: path.resolve('/elsewhere', 'schedules') });
});

test('where the records are can be told', async () => {
  const { sites } = await deskOf({}, '/told');
  expect(sites).toMatchObject([{ records: '/told' }]);
});

test('the program is started again as it was started', async () => {
  const { program } = await deskOf({});
  expect(program).toEqual([process.execPath, path.resolve(process.argv[1]!)]);
});
