import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTar } from '../src/archive/tar-reader.ts';
import {
  type DirectoryExportOptions,
  type ExportOptions,
  exportDirectory,
  exportSnapshot,
} from '../src/export.ts';
import { importArchive } from '../src/import.ts';
import { ruleLines } from '../src/rules/lines.ts';
import { inPieces, readAll, unheard } from './archive/members.ts';
import { pushCrafted } from './download/craft.ts';
import { noise, useRig } from './download/rig.ts';
import { lacks } from './fixtures/platform.ts';
import { expectSameTree, listingOf } from './fixtures/trees.ts';

const rig = useRig();
const place = (name = 'out.tar') => join(rig.root, name);

const run = (options: Partial<ExportOptions> = {}) =>
  exportSnapshot(rig.repository, {
    at: { latest: true },
    paths: [],
    format: 'tar',
    to: { file: place(), overwrite: true },
    ...options,
  });
const fromDisk = (options: Partial<DirectoryExportOptions> = {}) =>
  exportDirectory({
    sources: [rig.source],
    cwd: '/',
    oneFileSystem: false,
    excludeCaches: false,
    format: 'tar',
    to: { file: place(), overwrite: true },
    ...options,
  });
const members = async (file = place()) =>
  await readAll(readTar(inPieces(readFileSync(file), 2 ** 16), unheard));
const names = async () => (await members()).map(({ name }) => name);

function makeTree(): void {
  mkdirSync(rig.inSource('sub/empty'), { recursive: true });
  writeFileSync(rig.inSource('sub/grüße.txt'), 'hello');
  writeFileSync(rig.inSource('none'), '');
  writeFileSync(rig.inSource('large'), noise(6_000_000, 1));
  writeFileSync(rig.inSource('zeros'), Buffer.alloc(300_000));
  if (!lacks('symlinks')) symlinkSync('sub/grüße.txt', rig.inSource('link'));
  linkSync(rig.inSource('large'), rig.inSource('sub/other'));
  utimesSync(rig.inSource('none'), '1763000000.25', '1763000000.25');
}

/** Damages the data packs there are. */
function damagePacks(change: (file: string) => void): void {
  const packs = join(rig.location, 'packs/data');
  for (const name of readdirSync(packs, { recursive: true, encoding: 'utf8' })) {
    if (lstatSync(join(packs, name)).isFile()) change(join(packs, name));
  }
}

describe.each(['zip', 'tar', 'tar.zst'] as const)('%s', (format) => {
  test('a snapshot comes back from its archive as it was', async () => {
    makeTree();
    await rig.push();
    const to = { file: place(`out.${format}`), overwrite: false };
    const isZip = format === 'zip';
    const links = (isZip ? 0 : 1) + (lacks('symlinks') ? 0 : 1);
    expect(await run({ format, to })).toMatchObject({
      files: isZip ? 5 : 4,
      directories: 3,
      links,
      failed: [],
      leftOut: 0,
    });
    const back = await importArchive({ archive: to.file, to: rig.to, overwrite: false, ownership: false });
    expect(back.failed).toEqual([]);
    const [found, expected] = [listingOf(join(rig.to, 'source')), listingOf(rig.source)];
    if (isZip) expect(Object.keys(found)).toEqual(Object.keys(expected));
    else expectSameTree(found, expected);
    expect(readFileSync(join(rig.to, 'source/sub/other'))).toEqual(noise(6_000_000, 1));
  });

  test('the disk gives the same archive as its snapshot', async () => {
    makeTree();
    await rig.push();
    await run({ format, to: { file: place('a'), overwrite: true } });
    await fromDisk({ format, to: { file: place('b'), overwrite: true } });
    expect(readFileSync(place('a')).equals(readFileSync(place('b')))).toBe(true);
  });

  test('a file whose data are damaged is named, and is not in the archive', async () => {
    for (const [i, size] of [200_000, 9_000_000, 300_000].entries())
      writeFileSync(rig.inSource(`file-${i}`), noise(size, i));
    await rig.push();
    damagePacks((file) => truncateSync(file, 5_000_000));
    const result = await run({ format, to: { file: place(`out.${format}`), overwrite: true } });
    expect(result.failed.map(({ path, code }) => [path, code])).toEqual([
      ['source/file-1', 'damaged'],
      ['source/file-2', 'damaged'],
    ]);
    expect(result).toMatchObject({ files: 1, directories: 1 });
    await importArchive({ archive: place(`out.${format}`), to: rig.to, overwrite: false, ownership: false });
    expect(readdirSync(join(rig.to, 'source'))).toEqual(['file-0']);
  });
});

test('paths and globs; what matches nothing leaves no archive', async () => {
  makeTree();
  await rig.push();
  await run({ paths: [join(rig.source, 'sub'), 'n*e'] });
  expect(await names()).toEqual([
    'source/none',
    'source/sub/',
    'source/sub/empty/',
    Buffer.from('source/sub/grüße.txt').toString('latin1'),
    'source/sub/other',
  ]);
  const to = { file: place('none.tar'), overwrite: false };
  await expect(run({ paths: ['nothing'], to })).rejects.toMatchObject({ code: 'not-found' });
  expect(
    readdirSync(rig.root).filter((name) => name.includes('none') || name.startsWith('.bmcloud')),
  ).toEqual([]);
});

test('what is there is replaced on request only, and only by a whole archive', async () => {
  makeTree();
  await rig.push();
  writeFileSync(place(), 'mine');
  await expect(run({ to: { file: place(), overwrite: false } })).rejects.toMatchObject({ code: 'target' });
  await expect(run({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'interrupted' });
  expect(readFileSync(place(), 'utf8')).toBe('mine');
  expect(readdirSync(rig.root).filter((name) => name.startsWith('.bmcloud'))).toEqual([]);
  await run();
  expect((await names()).length).toBeGreaterThan(5);
  expect(readdirSync(rig.root).filter((name) => name.startsWith('.bmcloud'))).toEqual([]);
  await expect(run({ to: { file: join(rig.root, 'no/where.tar'), overwrite: false } })).rejects.toMatchObject(
    { code: 'target' },
  );
});

test('only files are replaced; where a link leads is where the archive goes', async () => {
  makeTree();
  mkdirSync(place('directory'));
  await expect(fromDisk({ to: { file: place('directory'), overwrite: true } })).rejects.toMatchObject({
    code: 'target',
    message: expect.stringMatching(/is a directory/),
  });
  if (lacks('symlinks')) return;
  writeFileSync(place('directory/real'), 'old');
  symlinkSync(place('directory/real'), place('link'));
  await fromDisk({ to: { file: place('link'), overwrite: true } });
  expect(lstatSync(place('link')).isSymbolicLink()).toBe(true);
  expect((await members(place('directory/real'))).length).toBeGreaterThan(5);
  if (lacks('shell')) return;
  execFileSync('mkfifo', [place('pipe')]);
  await expect(fromDisk({ to: { file: place('pipe'), overwrite: true } })).rejects.toMatchObject({
    code: 'target',
    message: expect.stringMatching(/is a device or pipe/),
  });
  expect(lstatSync(place('pipe')).isFIFO()).toBe(true);
});

test('a large file is seen to go on', async () => {
  makeTree();
  const seen = new Set<number>();
  await fromDisk({
    onEvent: (event) => event.type === 'progress' && seen.add(event.progress.bytes),
  });
  expect(Array.from(seen).filter((bytes) => bytes > 0 && bytes < 6_000_000).length).toBeGreaterThan(2);
});

describe('a stream cannot be taken back', () => {
  const into = (pieces: Uint8Array[]) => ({ write: async (bytes: Uint8Array) => void pieces.push(bytes) });

  test('it is the same archive', async () => {
    makeTree();
    await rig.push();
    const pieces: Uint8Array[] = [];
    await run({ to: into(pieces) });
    await run();
    expect(Buffer.concat(pieces).equals(readFileSync(place()))).toBe(true);
  });

  test('of a tar, a large file that is damaged ends it; a small one, or a zip, does not', async () => {
    writeFileSync(rig.inSource('a'), noise(9_000_000, 1));
    await rig.push();
    damagePacks((file) => truncateSync(file, 5_000_000));
    await expect(run({ to: into([]) })).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/cut short: "source\/a"/),
    });
    const pieces: Uint8Array[] = [];
    expect((await run({ format: 'zip', to: into(pieces) })).failed.length).toBe(1);
    writeFileSync(place('a.zip'), Buffer.concat(pieces));
    const back = await importArchive({
      archive: place('a.zip'),
      to: rig.to,
      overwrite: false,
      ownership: false,
    });
    expect(back).toMatchObject({ files: 0, directories: 1, failed: [] });
  });
});

test('forged paths never get into an archive', async () => {
  const folder = { type: 'directory' as const, mode: 0o755 };
  await pushCrafted(rig.repository, [
    { path: 'source', stat: folder },
    { path: 'source/..', stat: folder },
    { path: 'source/good', stat: folder },
  ]);
  const result = await run();
  expect(result.failed).toMatchObject([
    { path: 'source/..', reason: expect.stringContaining('leads elsewhere') },
  ]);
  expect(await names()).toEqual(['source/', 'source/good/']);
});

test.skipIf(lacks('byteNames'))('names that are no text: bytes in a tar, refused in a zip', async () => {
  const name = Buffer.from([0x61, 0xff, 0xfe]);
  writeFileSync(Buffer.concat([Buffer.from(`${rig.source}/`), name]), 'bytes');
  await rig.push();
  await run();
  expect(await names()).toContain(`source/${name.toString('latin1')}`);
  const result = await run({ format: 'zip' });
  expect(result.failed).toMatchObject([
    { path: 'source/a\\xff\\xfe', reason: expect.stringContaining('not UTF-8') },
  ]);
});

test.skipIf(lacks('fifos'))('FIFOs are in a tar, and have no place in a zip', async () => {
  execFileSync('mkfifo', [rig.inSource('pipe')]);
  expect(await fromDisk()).toMatchObject({ specials: 1, leftOut: 0, failed: [] });
  expect(await fromDisk({ format: 'zip' })).toMatchObject({ specials: 0, leftOut: 1, failed: [] });
});

test('the archive may lie in what it is made of', async () => {
  writeFileSync(rig.inSource('file'), 'data');
  const file = rig.inSource('out.tar');
  expect(await fromDisk({ to: { file, overwrite: true } })).toMatchObject({ files: 1, failed: [] });
  expect((await members(file)).map(({ name }) => name)).toEqual(['source/', 'source/file']);
});

test('files of the disk that cannot be read are named', async () => {
  writeFileSync(rig.inSource('file'), 'data');
  const result = await fromDisk({ sources: [rig.source, join(rig.root, 'nowhere')] });
  expect(result).toMatchObject({ files: 1, failed: [{ path: join(rig.root, 'nowhere'), code: 'ENOENT' }] });
  await expect(fromDisk({ sources: [join(rig.root, 'nowhere')] })).rejects.toMatchObject({
    code: 'source-missing',
  });
  expect(existsSync(place('nowhere'))).toBe(false);
});

test('rules leave out of the disk what they leave out of a push', async () => {
  makeTree();
  writeFileSync(rig.inSource('.bmcloudignore'), 'large\n');
  const rules = {
    form: 'ordinary' as const,
    lines: ruleLines(['sub/'], { windows: false, origin: '--exclude' }),
    ignoreFiles: true,
    ifPresent: [],
  };
  await fromDisk({ rules });
  const found = await names();
  expect(found).toContain('source/none');
  expect(found.filter((name) => /large|sub/.test(name))).toEqual([]);
});
