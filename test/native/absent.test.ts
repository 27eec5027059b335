import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { doctor } from '../../src/doctor.ts';
import { push } from '../../src/push.ts';
import { systemViews } from '../../src/upload/system.ts';
import { lacks } from '../fixtures/platform.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';

/*
 * A Windows without the addon, or as near as another system comes to it.
 */

vi.mock('../../src/native/addon.ts', () => ({
  loadAddon: () => ({ reason: 'there is none for win32-arm64', isMissed: true }),
}));

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository();
});
afterEach(async () => await made.cleanup());

test('a push warns once what it costs, and why', async () => {
  writeFileSync(join(made.source, 'file'), 'bytes');
  await push(
    made.repository,
    pushOptions({
      sources: [made.source],
      ownDirectories: [made.location],
      views: systemViews(() => {}),
    }),
  );
  const warnings = made.events.filter(({ type }) => type === 'warning');
  expect(warnings).toEqual([
    {
      type: 'warning',
      message: expect.stringMatching(/none for win32-arm64\. .*Access lists.*snapshots.*cloud/),
      hint: expect.stringContaining('build:native'),
    },
  ]);
});

test('doctor says it', async () => {
  const { location, secret, directories } = made;
  const findings = await doctor({ location, secret: async () => secret, directories, env: {} });
  expect(findings.find(({ check }) => check === 'Windows part')).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('there is none for win32-arm64'),
    hint: expect.any(String),
  });
});

test.skipIf(lacks('windows'))('a file that is held has no snapshot for the true reason', async () => {
  const views = systemViews(() => {});
  expect(await views.pathInShadow(Buffer.from(made.source))).toEqual({
    unavailable: "snapshots need bmcloud's Windows part: there is none for win32-arm64",
  });
});
