import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportSnapshot } from '../src/export.ts';
import { importArchive } from '../src/import.ts';
import { alone } from '../src/target-lock.ts';
import { plain, text, useRig } from './download/rig.ts';
import { lacks } from './fixtures/platform.ts';

const rig = useRig();
const busy = { code: 'busy', message: expect.stringContaining('is writing to') };

async function pushed(): Promise<void> {
  writeFileSync(rig.inSource('a'), 'data');
  await rig.push();
}

test('two do not restore into one directory at once, whatever it is called', async () => {
  await pushed();
  const confirm = async () => true;
  await alone([rig.to], async () => {
    await expect(rig.run()).rejects.toMatchObject(busy);
    await expect(rig.run(plain(join(rig.to, '..', 'target')))).rejects.toMatchObject(busy);
    expect(existsSync(rig.to)).toBe(false);
    mkdirSync(rig.to);
    await expect(rig.run()).rejects.toMatchObject(busy);
    expect(readdirSync(rig.to)).toEqual([]);
    expect(await rig.run({ dryRun: true })).toMatchObject({ files: 1 });
  });
  await alone([rig.source], async () => {
    await expect(rig.run({ target: { inPlace: true }, confirm })).rejects.toMatchObject(busy);
  });
  expect(await rig.run()).toMatchObject({ files: 1, failed: [] });
});

test.skipIf(lacks('symlinks'))('a link leads to the same directory', async () => {
  await pushed();
  mkdirSync(rig.to);
  symlinkSync(rig.to, join(rig.root, 'link'));
  await alone([join(rig.root, 'link', 'below')], async () => {
    await expect(rig.run(plain(join(rig.to, 'below')))).rejects.toMatchObject(busy);
  });
});

test('others restore to other places meanwhile', async () => {
  await pushed();
  const [one, other] = [join(rig.root, 'one'), join(rig.root, 'other')];
  await Promise.all([rig.run(plain(one)), rig.run(plain(other))]);
  expect([text(join(one, 'a')), text(join(other, 'a'))]).toEqual(['data', 'data']);
});

test('an archive, and what is unpacked from it, are written by one', async () => {
  await pushed();
  const archive = join(rig.root, 'a.zip');
  const write = () =>
    exportSnapshot(rig.repository, {
      at: { latest: true },
      paths: [],
      partial: false,
      format: 'zip',
      to: { file: archive, overwrite: false },
    });
  await alone([archive], async () => await expect(write()).rejects.toMatchObject(busy));
  await write();
  const unpack = () => importArchive({ archive, to: rig.to, overwrite: false, ownership: false });
  await alone([rig.to], async () => await expect(unpack()).rejects.toMatchObject(busy));
  expect(await unpack()).toMatchObject({ files: 1, failed: [] });
});
