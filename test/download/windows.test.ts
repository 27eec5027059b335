import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkKind } from '../../src/download/links.ts';
import { attributeBits } from '../../src/native/classify.ts';
import { push } from '../../src/push.ts';
import { type RestoreOptions, type RestorePreview, restore } from '../../src/restore.ts';
import { FakeWindowsFiles } from '../fakes/windows-files.ts';
import { lacks } from '../fixtures/platform.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';
import { noise, plain } from './rig.ts';

/*
 * What Windows keeps of files, brought back: from a fake of the addon through a real repository to another fake.
 */

const SDDL = 'O:BAG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)';
const { hidden, archive, readOnly } = attributeBits;

let made: TestRepository;
let windows: FakeWindowsFiles;
let at: (name: string) => string;
let to: (name: string) => string;
beforeEach(async () => {
  made = await makeRepository({ now: () => new Date(Date.now() + 10_000) });
  windows = new FakeWindowsFiles();
  at = (name) => join(made.source, name);
  to = (name) => join(made.root, 'target', name);
});
afterEach(async () => await made.cleanup());

const pushed = () => push(made.repository, pushOptions({ sources: [made.source], windowsFiles: windows }));
const restored = (more: Partial<RestoreOptions> = {}) =>
  restore(made.repository, {
    ...plain(join(made.root, 'target')),
    ownership: true,
    windowsFiles: windows,
    ...more,
  });
const warnings = () => made.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
/** What was set of a path, in order. */
const setOf = (path: string) =>
  windows.calls
    .filter((call) => call.endsWith(` ${path}`) && call.startsWith('set'))
    .map((call) => call.split(' ')[0]);

describe.skipIf(lacks('colons'))('a restore on Windows', () => {
  test('brings back attributes, creation times, descriptors and streams', async () => {
    mkdirSync(at('folder'));
    for (const [name, size] of Object.entries({ empty: 0, small: 10, 'folder/large': 3 * 2 ** 20 })) {
      writeFileSync(at(name), noise(size, 1));
      windows.set(at(name), { attributes: readOnly | hidden, descriptor: `${SDDL}${name}` });
    }
    windows.set(at('folder'), { attributes: archive, descriptor: SDDL });
    writeFileSync(at('folder:note'), 'of a directory');
    writeFileSync(at('small:Zone.Identifier'), 'ZoneId=3');
    writeFileSync(at('small:large'), noise(9 * 2 ** 20, 2));
    writeFileSync(at('small:hole'), Buffer.alloc(3 * 2 ** 20));
    for (const name of ['empty', 'small', 'folder/large', 'folder'])
      utimesSync(at(name), 1_500_000_000, 1_500_000_000);
    await pushed();
    windows.calls.length = 0;
    const result = await restored({ verify: true });
    expect(result).toMatchObject({ failed: [], files: 3, verified: 3 });
    expect(warnings()).toEqual([]);
    for (const name of ['empty', 'small', 'folder/large']) {
      expect(windows.get(to(name))).toEqual({
        attributes: readOnly | hidden,
        descriptor: `${SDDL}${name}`,
        birthNs: statSync(at(name), { bigint: true }).birthtimeNs,
      });
      expect(statSync(to(name)).mtimeMs).toBe(1_500_000_000_000);
    }
    expect(windows.get(to('folder'))).toMatchObject({ attributes: archive, descriptor: SDDL });
    expect(statSync(to('folder')).mtimeMs).toBe(1_500_000_000_000);
    expect(readFileSync(to('folder:note'), 'utf8')).toBe('of a directory');
    expect(readFileSync(to('small:Zone.Identifier'), 'utf8')).toBe('ZoneId=3');
    expect(readFileSync(to('small:large')).equals(noise(9 * 2 ** 20, 2))).toBe(true);
    expect(readFileSync(to('small:hole'))).toEqual(Buffer.alloc(3 * 2 ** 20));
    expect(windows.calls.filter((call) => call.startsWith('enablePrivileges'))).toHaveLength(1);
    // A read-only file takes no stream, and who may do what comes last.
    expect(setOf(to('small'))).toEqual([
      'setAttributes',
      'setCreationTime',
      'setAttributes',
      'setSecurityDescriptor',
    ]);
    expect(setOf(to('empty'))).toEqual(['setCreationTime', 'setAttributes', 'setSecurityDescriptor']);
    const lastOfFile = windows.calls.indexOf(`setSecurityDescriptor ${to('folder/large')}`);
    expect(windows.calls.indexOf(`setSecurityDescriptor ${to('folder')}`)).toBeGreaterThan(lastOfFile);
  });

  test('leaves owners and access lists alone if told to', async () => {
    writeFileSync(at('file'), 'data');
    windows.set(at('file'), { attributes: hidden, descriptor: SDDL });
    await pushed();
    await restored({ ownership: false });
    expect(windows.get(to('file'))).toMatchObject({ attributes: hidden });
    expect(windows.get(to('file'))).not.toHaveProperty('descriptor');
  });

  test.each(['never', 'if-newer'] as const)(
    'touches nothing of a file that stays (%s)',
    async (overwrite) => {
      for (const name of ['stays', 'there', 'made']) writeFileSync(at(name), name);
      utimesSync(at('stays'), 1_500_000_000, 1_500_000_000);
      for (const name of ['stays', 'there', 'made'])
        windows.set(at(name), { attributes: hidden, descriptor: SDDL });
      await pushed();
      mkdirSync(join(made.root, 'target'));
      writeFileSync(to('stays'), 'stays');
      utimesSync(to('stays'), 1_500_000_000, 1_500_000_000);
      windows.calls.length = 0;
      expect(await restored({ overwrite })).toMatchObject({ failed: [], files: 2, unchanged: 1 });
      expect(setOf(to('stays'))).toEqual([]);
      expect(windows.get(to('made'))).toMatchObject({ attributes: hidden, descriptor: SDDL });
      expect(windows.get(to('there'))).toMatchObject({ attributes: hidden, descriptor: SDDL });
    },
  );

  test('mends what differs of a file whose data are right', async () => {
    writeFileSync(at('file'), 'data');
    windows.set(at('file'), { attributes: hidden, descriptor: SDDL });
    await pushed();
    await restored();
    windows.set(to('file'), { attributes: 0, descriptor: 'D:' });
    expect(await restored()).toMatchObject({ files: 0, unchanged: 1 });
    expect(windows.get(to('file'))).toMatchObject({ attributes: hidden, descriptor: SDDL });
  });

  test('sets them once for a file with several names', async () => {
    writeFileSync(at('a'), 'data');
    linkSync(at('a'), at('b'));
    windows.set(at('a'), { attributes: hidden, descriptor: SDDL });
    await pushed();
    windows.calls.length = 0;
    expect(await restored()).toMatchObject({ failed: [], files: 1, links: 1 });
    expect(setOf(to('a'))).toHaveLength(3);
    expect(setOf(to('b'))).toEqual([]);
  });

  test('counts what was refused, in one warning', async () => {
    for (const name of ['a', 'b']) writeFileSync(at(name), name);
    for (const name of ['a', 'b'])
      windows.set(at(name), { attributes: hidden, descriptor: `${SDDL}S:(AU;SA;FA;;;WD)` });
    await pushed();
    windows.allowed = ['group', 'dacl'];
    windows.failing.set(`setAttributes ${to('a')}`, 'EPERM').set('setCreationTime', 'EPERM');
    expect(await restored()).toMatchObject({ failed: [], files: 2 });
    expect(warnings()).toEqual([
      'Not all that Windows keeps of files and directories could be set: creation time of 3, attributes of 1, owner or access list of 2',
    ]);
  });

  test('asks for no more than the descriptor has', async () => {
    writeFileSync(at('file'), 'data');
    windows.set(at('file'), { descriptor: 'D:(A;;FA;;;O:G:)(XA;;FX;;;S-1-1-0;(@User.S:x == 1))' });
    await pushed();
    windows.allowed = ['dacl'];
    await restored();
    expect(warnings()).toEqual([]);
  });

  test('names a file of which a stream is lost, or leads elsewhere', async () => {
    writeFileSync(at('file'), 'data');
    writeFileSync(at('file:x'), 'x');
    const streams = windows.streams.bind(windows);
    windows.streams = (path) => (path === at('file') ? [{ name: '..\\x', size: 1 }] : streams(path));
    writeFileSync(at('file:..\\x'), 'x');
    await pushed();
    const { failed } = await restored();
    expect(failed).toMatchObject([{ path: 'source/file', reason: expect.stringContaining('stream') }]);
    expect(readdirSync(join(made.root, 'target'))).toEqual(['file']);
  });

  test('goes on where the file system has no streams', async () => {
    writeFileSync(at('file'), 'data');
    writeFileSync(at('file:x'), 'x');
    await pushed();
    mkdirSync(join(made.root, 'target'));
    mkdirSync(to('file:x'));
    expect(await restored()).toMatchObject({ failed: [], files: 1 });
    expect(warnings()).toEqual([expect.stringContaining('alternate streams of 1')]);
  });

  test('deletes nothing that is kept in step with a cloud: the push may have left it out', async () => {
    const { recallOnDataAccess } = attributeBits;
    mkdirSync(at('folder'));
    writeFileSync(at('folder/kept'), 'kept');
    await pushed();
    for (const name of ['cloud', 'pinned', 'extra']) writeFileSync(at(`folder/${name}`), name);
    mkdirSync(at('more'));
    writeFileSync(at('more/cloud'), 'x');
    windows
      .set(at('folder/cloud'), { attributes: recallOnDataAccess })
      .set(at('folder/pinned'), { reparseTag: 0x9000601a })
      .set(at('more/cloud'), { attributes: recallOnDataAccess });
    const asked: RestorePreview[] = [];
    const result = await restored({
      target: { inPlace: true },
      deleteExtra: true,
      confirm: async (plan) => asked.push(plan) > 0,
    });
    expect(asked[0]!.deleted.first).toEqual(['source/folder/extra']);
    expect(result).toMatchObject({ deleted: 1, failed: [] });
    expect(readdirSync(at('folder')).sort()).toEqual(['cloud', 'kept', 'pinned']);
    expect(readdirSync(at('more'))).toEqual(['cloud']);
  });

  test('brings back a snapshot of another system, with times of creation', async () => {
    writeFileSync(at('file'), 'data');
    symlinkSync('file', at('link'));
    await push(made.repository, pushOptions({ sources: [made.source] }));
    expect(await restored()).toMatchObject({ failed: [], files: 1, links: 1 });
    expect(Object.keys(windows.get(to('file')))).toEqual(['birthNs']);
  });
});

test('a link is made as what it was, where that is known', () => {
  const { directory } = attributeBits;
  expect(linkKind({ attributes: directory, reparseTag: 0xa0000003 })).toBe('junction');
  expect(linkKind({ attributes: directory | hidden, reparseTag: 0xa000000c })).toBe('dir');
  expect(linkKind({ attributes: 0, reparseTag: 0xa000000c })).toBe('file');
  expect(linkKind({})).toBeUndefined();
});

test.skipIf(lacks('colons'))('elsewhere, what only Windows has is passed over', async () => {
  writeFileSync(at('file'), 'data');
  writeFileSync(at('file:x'), 'x');
  windows.set(at('file'), { attributes: hidden, descriptor: SDDL });
  await pushed();
  expect(await restore(made.repository, plain(join(made.root, 'target')))).toMatchObject({
    failed: [],
    files: 1,
  });
  expect(existsSync(to('file:x'))).toBe(false);
});
