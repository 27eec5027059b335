import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScheduleRecords, scheduleRecords } from '../../src/schedule/records.ts';
import type { RunRecord } from '../../src/schedule/schedule.ts';
import { aSchedule } from './machine.ts';

let directory: string;
let records: ScheduleRecords;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-records-'));
  records = scheduleRecords(path.join(directory, 'schedules'));
});
afterEach(() => rm(directory, { recursive: true }));

const run = (second: number, facts: Partial<RunRecord> = {}): RunRecord => ({
  started: new Date(Date.UTC(2026, 10, 21, 2, 30, second)).toISOString(),
  pid: 4312,
  scheduled: true,
  ...facts,
});

test('what was added is read back, by name', async () => {
  expect(await records.all()).toEqual([]);
  await records.add(aSchedule({ name: 'work' }));
  await records.add(aSchedule({ name: 'Docs' }));
  expect((await records.all()).map(({ name }) => name)).toEqual(['Docs', 'work']);
  expect(await records.get('docs')).toEqual(aSchedule({ name: 'Docs' }));
});

test('nobody else can read it', async () => {
  await records.add(aSchedule());
  const file = path.join(directory, 'schedules', 'docs', 'schedule.json');
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('of many that add one name, one succeeds, and its record is whole', async () => {
  const adds = Array.from({ length: 20 }, (_, i) =>
    scheduleRecords(records.directory).add(aSchedule({ name: i % 2 ? 'docs' : 'DOCS', directory: `/d${i}` })),
  );
  const results = await Promise.allSettled(adds);
  const done = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
  expect(done).toHaveLength(1);
  expect((await records.get('docs')).directory).toBe(`/d${done[0]}`);
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'usage' });
  expect(await readdir(path.join(records.directory, 'docs'))).toEqual(['schedule.json']);
});

test('runs and changes at the same time lose nothing of each other', async () => {
  await records.add(aSchedule());
  const writers = Array.from({ length: 30 }, async (_, i) => {
    const mine = scheduleRecords(records.directory);
    if (i % 3 === 0) await mine.replace(aSchedule({ enabled: i % 2 === 0 }));
    else await mine.writeRun('docs', run(i, { ended: run(i + 1).started, exitCode: i % 3 === 1 ? 0 : 11 }));
    await Promise.all([mine.get('docs'), mine.lastRun('docs'), mine.lastSuccess('docs'), mine.all()]);
  });
  await Promise.all(writers);
  expect(await records.get('docs')).toMatchObject({ name: 'docs' });
  expect((await records.lastRun('docs'))?.exitCode).toBeDefined();
  expect((await records.lastSuccess('docs'))?.exitCode).toBe(0);
});

test('a record that cannot be replaced leaves nothing beside it', async () => {
  await records.add(aSchedule());
  const folder = path.join(records.directory, 'docs');
  await mkdir(path.join(folder, 'run.json', 'in the way'), { recursive: true });
  await expect(records.writeRun('docs', run(1))).rejects.toThrow();
  expect((await readdir(folder)).sort()).toEqual(['run.json', 'schedule.json']);
});

test('an older run does not take the place of a newer one; a failed one is no success', async () => {
  await records.add(aSchedule());
  await records.writeRun('docs', run(10, { ended: run(11).started, exitCode: 0 }));
  await records.writeRun('docs', run(5, { ended: run(12).started, exitCode: 0 }));
  await records.writeRun('docs', run(20, { ended: run(21).started, exitCode: 14 }));
  expect(await records.lastRun('docs')).toMatchObject({ started: run(20).started, exitCode: 14 });
  expect(await records.lastSuccess('docs')).toMatchObject({ started: run(10).started });
});

test('a schedule that was removed while it ran does not come back', async () => {
  await records.add(aSchedule());
  await records.remove('docs');
  await records.writeRun('docs', run(1));
  expect(await records.all()).toEqual([]);
  await expect(records.get('docs')).rejects.toMatchObject({ code: 'not-found' });
});

test('a damaged record is named', async () => {
  await records.add(aSchedule());
  const file = path.join(records.directory, 'docs', 'schedule.json');
  for (const text of ['', '{"name":', '{"name":"docs"}']) {
    await writeFile(file, text);
    await expect(records.get('docs')).rejects.toThrow(
      /Cannot read .*schedule\.json: it is not what bmcloud wrote/,
    );
  }
});
