import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { draftOf } from '../../src/download/target.ts';
import type { BmcloudEvent } from '../../src/model/events.ts';
import { pushTree } from '../fixtures/push-tree.ts';
import { failedPaths, noise, text, useRig } from './rig.ts';

const rig = useRig();

/** Damages the data packs there are. */
function damagePack(change: (file: string) => void): void {
  const folder = join(rig.location, 'packs/data');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => lstatSync(file).isFile());
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) change(file);
}

test('an interrupted restore goes on where it was', async () => {
  for (let i = 0; i < 100; i++) writeFileSync(rig.inSource(`file-${i}`), noise(400_000, i));
  await rig.push();
  const controller = new AbortController();
  const { store } = rig.repository;
  const get = store.get.bind(store);
  let requests = 0;
  store.get = async (key, range) => {
    // When the fourth is asked for, the first is written.
    if (key.startsWith('packs/data/') && ++requests === 4) controller.abort();
    return await get(key, range);
  };
  await expect(rig.run({ signal: controller.signal })).rejects.toMatchObject({ code: 'interrupted' });
  store.get = get;
  const result = await rig.run({ verify: true });
  expect(result).toMatchObject({ failed: [], verified: 100 });
  expect(result.fetched).toBeLessThan(100 * 400_000);
  expect(readdirSync(rig.to).filter((name) => name.startsWith('.bmcloud'))).toEqual([]);
});

test('a draft of an earlier run is checked and gone on with', async () => {
  writeFileSync(rig.inSource('file'), noise(5 * 65_536, 9));
  await rig.push();
  mkdirSync(rig.to);
  const half = noise(5 * 65_536, 9);
  half.fill(1, 2 * 65_536);
  writeFileSync(draftOf(rig.inTarget('file')), Buffer.concat([half, Buffer.from('too much')]));
  expect(await rig.run()).toMatchObject({ files: 1, reused: 2 * 65_536, failed: [] });
  expect(readFileSync(rig.inTarget('file'))).toEqual(noise(5 * 65_536, 9));
  expect(readdirSync(rig.to)).toEqual(['file']);
});

test('a damaged block fails the files in it, and no others', async () => {
  writeFileSync(rig.inSource('a'), noise(3_000_000, 1));
  await pushTree(rig.repository, [rig.source]);
  damagePack((file) => {
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(500_000) ^ 1, 500_000);
    writeFileSync(file, bytes);
  });
  writeFileSync(rig.inSource('b'), noise(100_000, 2));
  await rig.push();
  const result = await rig.run();
  expect(result.failed).toMatchObject([{ path: 'source/a', code: 'damaged' }]);
  expect(readdirSync(rig.to)).toEqual(['b']);
  expect(readFileSync(rig.inTarget('b'))).toEqual(noise(100_000, 2));
});

test('of blocks that are fetched together, the damaged one fails its files, and no others', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  names.forEach((name, i) => {
    writeFileSync(rig.inSource(name), noise(700_000, i));
  });
  await rig.push();
  damagePack((file) => {
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(3_000_000) ^ 1, 3_000_000);
    writeFileSync(file, bytes);
  });
  const failed = failedPaths(await rig.run()).map((path) => path.slice('source/'.length));
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(4);
  expect(readdirSync(rig.to)).toEqual(names.filter((name) => !failed.includes(name)));
  for (const name of readdirSync(rig.to))
    expect(readFileSync(rig.inTarget(name))).toEqual(readFileSync(rig.inSource(name)));
});

test.each([
  ['cut short', (file: string) => truncateSync(file, 1_000_000)],
  ['gone', (file: string) => rmSync(file)],
])('a pack that is %s', async (_, damage) => {
  writeFileSync(rig.inSource('a'), noise(100_000, 1));
  writeFileSync(rig.inSource('z'), noise(3_000_000, 3));
  await rig.push();
  damagePack(damage);
  writeFileSync(rig.inSource('b'), noise(100_000, 2));
  await rig.push();
  const paths = failedPaths(await rig.run());
  expect(paths).toContain('source/z');
  expect(paths).not.toContain('source/b');
  for (const name of readdirSync(rig.to)) {
    expect(readFileSync(rig.inTarget(name))).toEqual(readFileSync(rig.inSource(name)));
  }
});

test('other names of a file that failed are not linked to what is in its place', async () => {
  writeFileSync(rig.inSource('a'), noise(100_000, 1));
  linkSync(rig.inSource('a'), rig.inSource('b'));
  await rig.push();
  damagePack((file) => rmSync(file));
  mkdirSync(rig.to);
  writeFileSync(rig.inTarget('a'), 'mine');
  expect(failedPaths(await rig.run())).toEqual(['source/a', 'source/b']);
  expect(text(rig.inTarget('a'))).toBe('mine');
  expect(readdirSync(rig.to)).toEqual(['a']);
});

test('what is not what it should be when it is read again is told', async () => {
  writeFileSync(rig.inSource('good'), noise(100_000, 1));
  writeFileSync(rig.inSource('short'), noise(100_000, 2));
  writeFileSync(rig.inSource('wrong'), noise(100_000, 3));
  writeFileSync(rig.inSource('gone'), noise(100_000, 4));
  writeFileSync(rig.inSource('touched'), noise(100_000, 5));
  await rig.push();
  const spoil = (name: string, change: (path: string) => void) => {
    const { atimeMs, mtimeMs } = lstatSync(rig.inTarget(name));
    change(rig.inTarget(name));
    utimesSync(rig.inTarget(name), atimeMs / 1000, mtimeMs / 1000);
  };
  const onEvent = (event: BmcloudEvent) => {
    if (event.type !== 'phase' || event.phase !== 'verifying') return;
    spoil('wrong', (path) => writeFileSync(path, noise(100_000, 4)));
    spoil('short', (path) => truncateSync(path, 50_000));
    rmSync(rig.inTarget('gone'));
    writeFileSync(rig.inTarget('touched'), noise(100_000, 6));
  };
  const result = await rig.run({ verify: true, onEvent });
  expect(failedPaths(result)).toEqual(['source/gone', 'source/short', 'source/touched', 'source/wrong']);
  expect(result.verified).toBe(1);
});
