import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { foldsNames, foldsNamesThere } from '../../src/download/folding.ts';
import { mirror } from '../../src/mirror.ts';
import { restoreFromMirror } from '../../src/restore-mirror.ts';
import { exfatImage } from '../fixtures/exfat.ts';
import { pushOptions } from '../format/program.ts';
import { failedPaths, plain, text, useRig } from './rig.ts';

/*
 * Restores to a file system that takes names for one which differ only in case.
 */

const image = process.platform === 'linux' ? exfatImage() : 'exFAT is mounted on Linux';
if (typeof image === 'string') console.log(`exFAT is not tried for real: ${image}`);
const rig = useRig();

test('where both cases are there, names are two', () => {
  mkdirSync(join(rig.root, 'both'));
  const both = join(rig.root, 'both');
  writeFileSync(join(both, 'a'), '');
  writeFileSync(join(both, 'A'), '');
  const expected = readdirSync(both).length === 1;
  expect(foldsNames(both)).toBe(expected);
  expect(foldsNamesThere(both)).toBe(expected);
  expect(readdirSync(both)).toHaveLength(expected ? 1 : 2);
});

describe.runIf(typeof image !== 'string')('exFAT', () => {
  const { top, remove } = image as Exclude<typeof image, string>;
  afterAll(() => remove());

  test('says that it folds names, asked either way', () => {
    const asked = join(top, 'asked');
    mkdirSync(asked);
    expect(foldsNames(asked)).toBe(true);
    expect(readdirSync(asked)).toEqual([]);
    writeFileSync(join(asked, 'Käse'), '');
    expect(foldsNamesThere(asked)).toBe(true);
  });

  test('one of two names is restored, the other is told', async () => {
    writeFileSync(rig.inSource('README'), 'great');
    writeFileSync(rig.inSource('readme'), 'small');
    mkdirSync(rig.inSource('Folder'));
    writeFileSync(rig.inSource('Folder/a'), 'in it');
    mkdirSync(rig.inSource('folder'));
    writeFileSync(rig.inSource('folder/b'), 'in the other');
    await rig.push();
    const to = join(top, 'twins');
    const result = await rig.run(plain(to));
    expect(failedPaths(result)).toEqual(['source/folder', 'source/folder/b', 'source/readme']);
    expect(text(join(to, 'README'))).toBe('great');
    expect(text(join(to, 'Folder/a'))).toBe('in it');
  });

  test('files are read again though it cannot keep their times', async () => {
    writeFileSync(rig.inSource('a'), 'odd');
    utimesSync(rig.inSource('a'), 1_700_000_001.234, 1_700_000_001.234);
    await rig.push();
    const result = await rig.run({ ...plain(join(top, 'read-again')), verify: true });
    expect(result).toMatchObject({ failed: [], verified: 1 });
  });

  test('what is there in another case is not deleted, where it is mounted below the top', async () => {
    const below = rig.inSource('top');
    mkdirSync(below);
    writeFileSync(join(below, 'readme'), 'small');
    utimesSync(join(below, 'readme'), 1_700_000_000, 1_700_000_000);
    await rig.push();
    for (const name of readdirSync(top)) rmSync(join(top, name), { recursive: true });
    writeFileSync(join(top, 'README'), 'small');
    writeFileSync(join(top, 'other'), 'too much');
    utimesSync(join(top, 'README'), 1_700_000_000, 1_700_000_000);
    const options = { ...plain(dirname(top)), paths: ['top'], deleteExtra: true, confirm: async () => true };
    expect(await rig.run(options)).toMatchObject({ failed: [], deleted: 1 });
    expect(text(join(top, 'readme'))).toBe('small');
  });

  test('files with several names are copied where there are no such files', async () => {
    writeFileSync(rig.inSource('a'), 'several');
    linkSync(rig.inSource('a'), rig.inSource('b'));
    await rig.push();
    const to = join(top, 'copies');
    expect((await rig.run({ ...plain(to), verify: true })).failed).toEqual([]);
    expect([text(join(to, 'a')), text(join(to, 'b'))]).toEqual(['several', 'several']);
    expect(rig.events).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('copies') }),
    );
  });

  test('the same of a mirror', async () => {
    writeFileSync(rig.inSource('README'), 'great');
    writeFileSync(rig.inSource('readme'), 'small');
    mkdirSync(rig.inSource('Folder'));
    writeFileSync(rig.inSource('Folder/a'), 'in it');
    mkdirSync(rig.inSource('folder'));
    writeFileSync(rig.inSource('folder/a'), 'in the other');
    const from = join(rig.root, 'mirror');
    await mirror({ from: { disk: { ...pushOptions({}), sources: [rig.source] } }, to: from, dryRun: false });
    const to = join(top, 'mirrored');
    const result = await restoreFromMirror({
      from,
      at: { latest: true },
      paths: [],
      to,
      overwrite: 'if-different',
    });
    expect(result.failed.map(({ path }) => path).sort()).toEqual(['folder', 'folder/a', 'readme']);
    expect(text(join(to, 'README'))).toBe('great');
    expect(text(join(to, 'Folder/a'))).toBe('in it');
  });

  test('what is there under the name in another case is not deleted as foreign', async () => {
    writeFileSync(rig.inSource('readme'), 'the right one');
    await rig.push();
    const to = join(top, 'deleting');
    await rig.run(plain(to));
    renameSync(join(to, 'readme'), join(to, 'README'));
    writeFileSync(join(to, 'foreign'), '');
    const confirm = async () => true;
    expect(await rig.run({ ...plain(to), deleteExtra: true, confirm })).toMatchObject({ deleted: 1 });
    expect(text(join(to, 'readme'))).toBe('the right one');
    expect(existsSync(join(to, 'foreign'))).toBe(false);
  });
});
