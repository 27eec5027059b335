import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Attendance,
  type BmcloudEvent,
  backupDirectory,
  compare,
  compareFingerprint,
  exportDirectory,
  exportSnapshot,
  find,
  fingerprint,
  history,
  importArchive,
  list,
  listSnapshots,
  mirror,
  type Repository,
  readFile,
  restore,
  selectSnapshot,
  status,
  verify,
} from '../src/index.ts';
import { noise, plain, useRig } from './download/rig.ts';
import { isWindows } from './fixtures/platform.ts';

/*
 * Whoever calls the library may end what it does: by the signal of one operation, or by that of the repository.
 */

const rig = useRig();
const at = { latest: true } as const;
const look = { oneFileSystem: false, excludeCaches: false };

beforeEach(async () => {
  mkdirSync(rig.inSource('sub'));
  for (let i = 0; i < 20; i++) writeFileSync(rig.inSource(`sub/${i}`), noise(1000, i));
  writeFileSync(rig.inSource('large'), noise(3_000_000, 99));
  await rig.push();
});

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(values);
}

type Act = (repository: Repository, attendance: { signal?: AbortSignal }) => Promise<unknown>;

const disk = () => ({
  sources: [rig.source],
  cwd: tmpdir(),
  host: hostname(),
  ownDirectories: [],
  allowEmpty: false,
  ...look,
});
const output = () => ({ to: { file: join(rig.root, 'out.zip'), overwrite: true }, format: 'zip' as const });

const reading: [string, Act][] = [
  ['compare', (one, how) => all(compare(one, { from: at, to: at, paths: [], ...how }))],
  ['compare with the disk', (one, how) => all(compare(one, { from: at, to: 'disk', paths: [], ...how }))],
  [
    'compareFingerprint',
    (one, how) => compareFingerprint(one, { path: rig.source, cwd: '/', at, ...look, ...how }),
  ],
  ['exportSnapshot', (one, how) => exportSnapshot(one, { at, paths: [], ...output(), ...how })],
  ['find', (one, how) => all(find(one, { pattern: '*', all: true, ...how }))],
  ['history', (one, how) => history(one, { path: rig.inSource('large'), ...how })],
  ['list', (one, how) => all(list(one, { at, recursive: true, ...how }))],
  ['listSnapshots', (one, how) => listSnapshots(one, how)],
  ['readFile', (one, how) => all(readFile(one, { at, path: rig.inSource('large'), ...how }))],
  ['restore', (one, how) => restore(one, { ...plain(rig.to), ...how })],
  ['selectSnapshot', (one, how) => selectSnapshot(one, { at, ...how })],
  ['status', (one, how) => status(one, { ...disk(), ...how })],
  ['verify', (one, how) => verify(one, { readData: true, ...how })],
  ['backupDirectory', (one, how) => backupDirectory(rig.source, { repository: one, ...how })],
];

describe.each(reading)('%s', (_, act) => {
  test('ends with the signal of the operation, and the repository goes on', async () => {
    await expect(act(rig.repository, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(readdirSync(rig.root).filter((name) => /out\.zip|^\.bmcloud-/.test(name))).toEqual([]);
    await act(rig.repository, {});
  });

  test('ends with the signal of the repository', async () => {
    const ended = rig.repository.attended({ signal: AbortSignal.abort() });
    await expect(act(ended, {})).rejects.toMatchObject({ code: 'interrupted' });
  });
});

test.each<[string, (how: { signal: AbortSignal }) => Promise<unknown>]>([
  ['exportDirectory', (how) => exportDirectory({ ...disk(), ...output(), ...how })],
  ['fingerprint', (how) => fingerprint({ path: rig.source, cwd: '/', ...look, ...how })],
  [
    'fingerprint of data',
    (how) => fingerprint({ path: rig.source, cwd: '/', kind: 'content', ...look, ...how }),
  ],
  ['mirror', (how) => mirror({ from: { disk: disk() }, to: rig.to, dryRun: false, ...how })],
])('without a repository: %s', async (_, act) => {
  await expect(act({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'interrupted' });
});

test('status ends in the middle of its scan', async () => {
  // More than the scan may be ahead.
  for (let i = 0; i < 12_000; i++) writeFileSync(rig.inSource(`a-new-file-${i}`), '');
  const stop = new AbortController();
  const ended = status(rig.repository, { ...disk(), onChange: () => stop.abort(), signal: stop.signal });
  await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
});

// There a file of 50 GiB is none of holes.
test.skipIf(isWindows)('a fingerprint ends in the middle of a large file', async () => {
  writeFileSync(rig.inSource('huge'), '');
  truncateSync(rig.inSource('huge'), 50 * 2 ** 30);
  const began = performance.now();
  const ended = fingerprint({
    path: rig.source,
    cwd: '/',
    kind: 'content',
    ...look,
    signal: AbortSignal.timeout(500),
  });
  await expect(ended).rejects.toMatchObject({ code: 'interrupted', message: 'Interrupted' });
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('importArchive', async () => {
  const { to } = output();
  await exportDirectory({ ...disk(), ...output() });
  const options = { archive: to.file, to: rig.to, overwrite: false, ownership: false };
  await expect(importArchive({ ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'interrupted',
  });
  expect((await importArchive(options)).files).toBe(21);
});

test('one operation has its events to itself', async () => {
  const told: BmcloudEvent[] = [];
  const how: Attendance = { onEvent: (event) => void told.push(event) };
  await verify(rig.repository, { readData: true, ...how });
  expect(told.map(({ type }) => type)).toContain('progress');
  expect(told[0]).toMatchObject({ type: 'phase', phase: 'verifying' });
});
