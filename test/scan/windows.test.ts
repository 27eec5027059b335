import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attributeBits } from '../../src/native/classify.ts';
import { ruleLines } from '../../src/rules/lines.ts';
import type { Rules } from '../../src/rules/rules.ts';
import { shortRules } from '../../src/rules/short-form.ts';
import type { ScanOptions } from '../../src/scan/batch.ts';
import { type Disk, type NativePath, systemDisk } from '../../src/scan/disk.ts';
import { scanInline } from '../../src/scan/scan.ts';
import { walk } from '../../src/scan/walk.ts';
import { FakeWindowsFiles } from '../fakes/windows-files.ts';
import { lacks } from '../fixtures/platform.ts';
import { collect, optionsFor, temporaryDirectory, told } from './scanned.ts';

const { hidden, archive, readOnly, recallOnDataAccess, offline, reparsePoint } = attributeBits;
const JUNCTION = 0xa0000003;
const SYMLINK = 0xa000000c;
const ONEDRIVE = 0x9000601a;

function scanned(root: string, windows: FakeWindowsFiles, more: Partial<ScanOptions> = {}) {
  const batches = [...scanInline(optionsFor(root, more), windows)];
  const cloud = batches.flatMap((batch) => batch.cloud.map((path) => Buffer.from(path).toString('latin1')));
  return { ...collect(batches), cloud };
}

describe.skipIf(lacks('colons'))('the walk on Windows', () => {
  test('keeps the attributes that mean something, and no others', () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'file'), '');
    mkdirSync(join(root, 'folder'));
    const windows = new FakeWindowsFiles()
      .set(root, { attributes: archive })
      .set(join(root, 'file'), { attributes: readOnly | hidden | 0x80000 })
      .set(join(root, 'folder'), { attributes: hidden, reparseTag: ONEDRIVE });
    const { stats } = scanned(root, windows);
    expect(stats.get('s')).toMatchObject({ attributes: archive });
    expect(stats.get('s/file')).toMatchObject({ attributes: readOnly | hidden });
    expect(stats.get('s/file')).not.toHaveProperty('reparseTag');
    expect(stats.get('s/folder')).toMatchObject({ attributes: hidden, reparseTag: ONEDRIVE });
  });

  test('asks once for a directory', () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'a'));
    for (const name of ['1', '2', '3']) writeFileSync(join(root, 'a', name), '');
    const windows = new FakeWindowsFiles();
    scanned(root, windows);
    expect(windows.calls).toEqual([
      `fileAttributes ${root}`,
      `listDirectory ${root}`,
      `listDirectory ${root}/a`,
    ]);
  });

  test('asks for each entry where a directory cannot be listed by the addon', () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'here'), '');
    writeFileSync(join(root, 'there'), '');
    const windows = new FakeWindowsFiles().set(join(root, 'there'), { attributes: recallOnDataAccess });
    windows.failing.set('listDirectory', 'ENOTSUP');
    const { paths, cloud } = scanned(root, windows);
    expect(paths).toEqual(['s', 's/here']);
    expect(cloud).toEqual(['s/there']);
  });

  test('goes on without, where the addon knows nothing', () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'here'), '');
    const windows = new FakeWindowsFiles();
    windows.failing.set('listDirectory', 'ENOTSUP').set('fileAttributes', 'EPERM');
    const { paths, stats } = scanned(root, windows);
    expect(paths).toEqual(['s', 's/here']);
    expect(stats.get('s/here')).not.toHaveProperty('attributes');
  });

  test('leaves in the cloud what is only there, and looks at it if told to', () => {
    const root = temporaryDirectory();
    for (const name of ['folder', 'here']) mkdirSync(join(root, name));
    for (const name of ['folder/x', 'here/offline', 'here/pinned', 'recalled'])
      writeFileSync(join(root, name), 'x');
    const windows = new FakeWindowsFiles()
      .set(join(root, 'folder'), { attributes: recallOnDataAccess, reparseTag: ONEDRIVE })
      .set(join(root, 'here'), { attributes: offline, reparseTag: ONEDRIVE })
      .set(join(root, 'here/offline'), { attributes: offline, reparseTag: ONEDRIVE })
      .set(join(root, 'here/pinned'), { attributes: reparsePoint, reparseTag: ONEDRIVE })
      .set(join(root, 'recalled'), { attributes: recallOnDataAccess });
    const { paths, cloud, problems } = scanned(root, windows);
    expect(paths).toEqual(['s', 's/here', 's/here/pinned']);
    expect(cloud).toEqual(['s/folder', 's/here/offline', 's/recalled']);
    expect(problems).toEqual([]);
    const all = scanned(root, windows, { cloudFiles: 'read' });
    expect(all.cloud).toEqual([]);
    expect(all.paths).toHaveLength(7);
  });

  test('counts what the rules leave out, in the cloud too, and opens no ignore file there', () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'folder'));
    for (const name of ['a.tmp', 'b', 'folder/x']) writeFileSync(join(root, name), '');
    writeFileSync(join(root, 'folder', '.bmcloudignore'), 'x');
    const windows = new FakeWindowsFiles();
    for (const name of ['a.tmp', 'b', 'folder/.bmcloudignore'])
      windows.set(join(root, name), { attributes: recallOnDataAccess });
    const lines = ruleLines(['*.tmp'], { origin: '--exclude' });
    const ordinary: Rules = { form: 'ordinary', lines, ignoreFiles: true, ifPresent: [] };
    const first = scanned(root, windows, { rules: ordinary });
    expect(first).toMatchObject({ cloud: ['s/b', 's/folder/.bmcloudignore'], excluded: 1 });
    expect(first.paths).toContain('s/folder/x');
    const second = scanned(root, windows, { rules: shortRules({ include_files: ['b', 'folder/x'] }) });
    expect(second).toMatchObject({ paths: ['s', 's/folder', 's/folder/x'], cloud: ['s/b'], excluded: 2 });
  });

  test('looks into a source that lies in a cloud: who names it means it', () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'here'), '');
    const windows = new FakeWindowsFiles().set(root, {
      attributes: recallOnDataAccess,
      reparseTag: ONEDRIVE,
    });
    expect(scanned(root, windows).paths).toEqual(['s', 's/here']);
  });

  test('does not open a tag of a cache that is in the cloud', () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55');
    writeFileSync(join(root, 'data'), '');
    const windows = new FakeWindowsFiles();
    expect(scanned(root, windows, { excludeCaches: true }).paths).toEqual(['s', 's/CACHEDIR.TAG']);
    windows.set(join(root, 'CACHEDIR.TAG'), { attributes: recallOnDataAccess });
    expect(scanned(root, windows, { excludeCaches: true }).paths).toEqual(['s', 's/data']);
  });

  test('keeps junctions as links, and knows them from links, and those to directories from others', () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'folder'));
    writeFileSync(join(root, 'folder/x'), '');
    for (const name of ['junction', 'link']) symlinkSync('folder', join(root, name));
    const { directory } = attributeBits;
    const windows = new FakeWindowsFiles()
      .set(join(root, 'junction'), { attributes: directory, reparseTag: JUNCTION })
      .set(join(root, 'link'), { reparseTag: SYMLINK });
    const { paths, stats } = scanned(root, windows);
    expect(paths).toEqual(['s', 's/folder', 's/folder/x', 's/junction', 's/link']);
    expect(stats.get('s/junction')).toMatchObject({
      type: 'symlink',
      attributes: directory,
      reparseTag: JUNCTION,
    });
    expect(stats.get('s/link')).toMatchObject({ type: 'symlink', attributes: 0, reparseTag: SYMLINK });
  });

  test('walks a volume that is mounted in a directory, unless it is to stay on one', () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'mount'));
    writeFileSync(join(root, 'mount/x'), '');
    const windows = new FakeWindowsFiles().set(join(root, 'mount'), { reparseTag: JUNCTION });
    const { paths, problems } = scanned(root, windows);
    expect(paths).toEqual(['s', 's/mount', 's/mount/x']);
    expect(problems).toEqual([]);
    const staying = scanned(root, windows, { oneFileSystem: true });
    expect([staying.paths.length, staying.problems.length, staying.excluded]).toEqual([2, 0, 1]);
  });

  /** A disk on which `mount` is the directory `place` once more. */
  const mounting = (mount: string, place: string): Disk => {
    const at = (path: NativePath) => String(path).replaceAll(mount, place);
    return {
      ...systemDisk,
      stat: (path) => systemDisk.stat(at(path)),
      lstat: (path) => systemDisk.lstat(at(path)),
      names: (path) => systemDisk.names(at(path)),
    };
  };

  test('does not go round where a mounted volume leads back up', () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'folder/mount'), { recursive: true });
    const windows = new FakeWindowsFiles().set(join(root, 'folder/mount'), { reparseTag: JUNCTION });
    const disk = mounting(join(root, 'folder/mount'), root);
    const { paths, problems } = collect([...walk(optionsFor(root), disk, undefined, windows)]);
    expect(paths).toEqual(['s', 's/folder', 's/folder/mount']);
    expect(told(problems)).toEqual(['unreadable-directory s/folder/mount EXDEV']);
  });

  test('keeps names that are no text as they are, in the order of their bytes', () => {
    const root = temporaryDirectory();
    const ill = Buffer.concat([Buffer.from(`${root}/a`), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('b')]);
    mkdirSync(ill);
    writeFileSync(Buffer.concat([ill, Buffer.from('/file')]), '');
    writeFileSync(join(root, 'a\u{10000}'), '');
    writeFileSync(join(root, 'a\ue000'), '');
    const windows = new FakeWindowsFiles();
    const { paths, problems } = scanned(root, windows);
    const latin1 = (name: string) => Buffer.from(name).toString('latin1');
    const folder = `s/a${'\xed\xa0\x80'}b`;
    expect(paths).toEqual(['s', folder, `${folder}/file`, latin1('s/a\ue000'), latin1('s/a\u{10000}')]);
    expect(problems).toEqual([]);
    expect(windows.calls).toContain(`listDirectory ${root}/a\ud800b`);
  });

  test('names what it cannot open under such a name, and what it finds there instead', () => {
    const root = temporaryDirectory();
    const ill = Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xed, 0xa0, 0x80)]);
    const name = {
      name: '\ud800',
      nameBytes: ill.subarray(-3),
      attributes: 0,
      reparseTag: 0,
      size: 0,
      fileId: 1n,
    };
    const times = { mtimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n };
    const windows = new FakeWindowsFiles();
    windows.listDirectory = () => [{ ...name, ...times }];
    expect(told(scanned(root, windows).problems)).toEqual(['unreadable-entry s/\xed\xa0\x80 EILSEQ']);
    writeFileSync(join(root, 'other'), '');
    renameSync(join(root, 'other'), ill);
    expect(told(scanned(root, windows).problems)).toEqual(['unreadable-entry s/\xed\xa0\x80 EILSEQ']);
  });

  test('hands a batch over when enough of it is in the cloud', () => {
    const root = temporaryDirectory();
    const windows = new FakeWindowsFiles();
    for (let i = 0; i < 2500; i++) {
      const file = join(root, String(i));
      writeFileSync(file, '');
      windows.set(file, { attributes: recallOnDataAccess });
    }
    const batches = [...scanInline(optionsFor(root), windows)];
    expect(batches.map(({ cloud }) => cloud.length)).toEqual([1000, 1000, 500]);
  });
});
