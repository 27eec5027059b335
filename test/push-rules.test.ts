import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { list } from '../src/list.ts';
import { parseMoment } from '../src/model/moment.ts';
import { type PushResult, push } from '../src/push.ts';
import { ruleLines } from '../src/rules/lines.ts';
import type { OrdinaryRules } from '../src/rules/rules.ts';
import { status } from '../src/status.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository();
  mkdirSync(join(made.source, 'build'));
  for (const file of ['a.txt', 'a.tmp', 'build/out', 'build/b.tmp'])
    writeFileSync(join(made.source, file), file);
});
afterEach(async () => await made.cleanup());

function excluding(...patterns: string[]): OrdinaryRules {
  const lines = ruleLines(patterns, { origin: '--exclude' });
  return { form: 'ordinary', lines, ignoreFiles: true, ifPresent: [] };
}

const common = () => ({
  sources: [made.source],
  cwd: '/',
  host: 'host',
  oneFileSystem: false,
  excludeCaches: false,
  allowEmpty: false,
  ownDirectories: [made.location],
});

async function pushed(rules?: OrdinaryRules): Promise<PushResult> {
  return await push(made.repository, {
    ...common(),
    user: 'user',
    adoptJob: false,
    tags: [],
    skipUnchanged: false,
    dryRun: false,
    waitForLock: true,
    workers: 0,
    ...(rules && { rules }),
  });
}

async function pathsIn({ snapshot = '' }: PushResult): Promise<string[]> {
  const paths: string[] = [];
  const at = parseMoment(snapshot, new Date());
  for await (const { path } of list(made.repository, { at, recursive: true })) paths.push(path);
  return paths;
}

test('what is left out from now on is deleted in the new snapshot, and stays in the old one', async () => {
  const before = await pushed();
  expect(before.leftOut.excluded).toBe(0);
  const after = await pushed(excluding('*.tmp', 'build/'));
  expect(after.statistics).toMatchObject({ new: 0, deleted: 4 });
  expect(after.leftOut.excluded).toBe(2);
  expect(await pathsIn(after)).toEqual(['source', 'source/a.txt']);
  expect(await pathsIn(before)).toContain('source/build/b.tmp');
  expect((await pushed()).statistics).toMatchObject({ new: 4, deleted: 0 });
});

test('status obeys the same rules', async () => {
  await pushed(excluding('*.tmp'));
  const same = await status(made.repository, { ...common(), rules: excluding('*.tmp') });
  expect(same).toMatchObject({ new: 0, deleted: 0 });
  const other = await status(made.repository, { ...common(), rules: excluding('build') });
  expect(other).toMatchObject({ new: 1, deleted: 2 });
});
