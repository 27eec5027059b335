import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprint } from '../src/fingerprint.ts';
import { push } from '../src/push.ts';
import { snapshotFingerprints } from '../src/snapshot-fingerprints.ts';
import { useRig } from './download/rig.ts';
import { pushOptions } from './format/program.ts';

const rig = useRig();

async function pushed(): Promise<string> {
  const { snapshot } = await push(
    rig.repository,
    pushOptions({
      sources: [rig.source],
    }),
  );
  return snapshot as string;
}

const now = async (path: string) =>
  (await fingerprint({ path, cwd: '/', oneFileSystem: false, excludeCaches: false })).fingerprint;
const of = (snapshot: string, ...paths: string[]) =>
  snapshotFingerprints(rig.repository, { snapshot, paths });

test('a source has the fingerprint that its last push saw', async () => {
  mkdirSync(rig.inSource('a/b'), { recursive: true });
  writeFileSync(rig.inSource('a/b/file'), 'data');
  writeFileSync(rig.inSource('a.txt'), 'sorted between');
  const first = await pushed();
  const before = [await now(rig.source), await now(rig.inSource('a'))];
  expect(await of(first, rig.source, rig.inSource('a'))).toEqual(before);
  writeFileSync(rig.inSource('a/new'), 'more');
  expect(await now(rig.source)).not.toBe(before[0]);
  const second = await pushed();
  expect(await of(second, rig.source)).toEqual([await now(rig.source)]);
  // An older one is not what this machine keeps.
  expect(await of(first, rig.source, rig.inSource('a'))).toEqual(before);
  expect(await of(second, '/somewhere/else')).toEqual([undefined]);
});

test('what this machine keeps may be lost or damaged', async () => {
  writeFileSync(rig.inSource('file'), 'data');
  const id = await pushed();
  const jobs = rig.repository.cachePath('jobs');
  for (const file of readdirSync(jobs, { recursive: true }).map(String))
    if (/state-\d+$/.test(file)) truncateSync(join(jobs, file), 3);
  expect(await of(id, rig.source)).toEqual([await now(rig.source)]);
  rmSync(jobs, { recursive: true });
  expect(await of(id, rig.source)).toEqual([await now(rig.source)]);
});
