import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compare } from '../../src/compare.ts';
import type { DiffInfo } from '../../src/difference-info.ts';
import { attributeBits } from '../../src/native/classify.ts';
import { push } from '../../src/push.ts';
import { status } from '../../src/status.ts';
import type { PushOptions } from '../../src/upload/plan.ts';
import { packResults, unpackResults } from '../../src/upload/read-results.ts';
import type { ReadResult } from '../../src/upload/tasks.ts';
import { verify } from '../../src/verify.ts';
import { noise } from '../download/rig.ts';
import { FakeWindowsFiles } from '../fakes/windows-files.ts';
import { lacks } from '../fixtures/platform.ts';
import { readSnapshot } from '../fixtures/read-entries.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushOptions, SMALL_CHUNKS } from '../format/program.ts';

/*
 * What Windows keeps of files, from a fake of the addon into a real repository; read back by the independent reader.
 */

const SDDL = 'O:BAG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)';
const { hidden, archive, recallOnDataAccess } = attributeBits;

let made: TestRepository;
let windows: FakeWindowsFiles;
let at: (name: string) => string;
beforeEach(async () => {
  made = await makeRepository({ now: () => new Date(Date.now() + 10_000) });
  windows = new FakeWindowsFiles();
  at = (name) => join(made.source, name);
});
afterEach(async () => await made.cleanup());

const options = (more: Partial<PushOptions> = {}) =>
  pushOptions({ sources: [made.source], windowsFiles: windows, retries: 0, ...more });
const pushed = (more: Partial<PushOptions> = {}) => push(made.repository, options(more));
const warnings = () => made.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));

describe.skipIf(lacks('colons'))('a push on Windows', () => {
  test('stores attributes, descriptors and streams of files and directories of any size', async () => {
    mkdirSync(at('folder'));
    const sizes = { empty: 0, small: 10, large: 3 * 2 ** 20 };
    for (const [name, size] of Object.entries(sizes)) {
      writeFileSync(at(name), noise(size, 1));
      writeFileSync(at(`${name}:Zone.Identifier`), '[ZoneTransfer]\r\nZoneId=3\r\n');
      windows.set(at(name), { attributes: hidden | archive, descriptor: `${SDDL}${name}` });
    }
    writeFileSync(at('folder:note'), 'of a directory');
    writeFileSync(at('small:nothing'), '');
    writeFileSync(at('small:large'), noise(9 * 2 ** 20, 2));
    writeFileSync(at('small:hole'), Buffer.alloc(3 * 2 ** 20));
    windows.set(at('folder'), { attributes: archive, descriptor: SDDL });
    const result = await pushed();
    expect(result.notStored).not.toContain('alternate streams');
    expect(result.statistics).toMatchObject({
      files: 3,
      directories: 2,
      skipped: 0,
      bytes: 10 + sizes.large,
    });

    const { entries, streams } = readSnapshot(made, result);
    expect([...entries.keys()]).toEqual([
      'source',
      ...['empty', 'folder', 'large', 'small'].map((name) => `source/${name}`),
    ]);
    const zone = Buffer.from('[ZoneTransfer]\r\nZoneId=3\r\n');
    for (const name of Object.keys(sizes)) {
      const { stat, descriptor } = entries.get(`source/${name}`)!;
      expect(stat.attributes).toBe(hidden | archive);
      expect(descriptor).toBe(`${SDDL}${name}`);
      expect(streams(`source/${name}`)['Zone.Identifier']).toEqual(zone);
    }
    expect(entries.get('source/folder')).toMatchObject({ stat: { attributes: archive }, descriptor: SDDL });
    expect(streams('source/folder')).toEqual({ note: Buffer.from('of a directory') });
    expect(Object.keys(streams('source/small'))).toEqual(['Zone.Identifier', 'hole', 'large', 'nothing']);
    expect(streams('source/small').large!.equals(noise(9 * 2 ** 20, 2))).toBe(true);
    expect(streams('source/small').hole).toEqual(Buffer.alloc(3 * 2 ** 20));
    expect(streams('source/small').nothing).toHaveLength(0);
    expect((await verify(made.repository, { readData: true })).problems).toEqual([]);
  });

  test('reads nothing again that did not change, and attributes alone without the data', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), 'data');
    windows
      .set(at('file'), { attributes: archive, descriptor: SDDL })
      .set(at('folder'), { descriptor: SDDL });
    await pushed();
    windows.calls.length = 0;
    const second = await pushed();
    expect(windows.calls.filter((call) => /^(securityDescriptor|streams) /.test(call))).toEqual([]);
    expect(second.statistics).toMatchObject({ new: 0, changed: 0, unchanged: 3, bytesRead: 0 });
    windows.set(at('file'), { attributes: hidden });
    const third = await pushed();
    expect(third.statistics).toMatchObject({ new: 0, changed: 1, bytesRead: 0 });
    const { entries } = readSnapshot(made, third);
    expect(entries.get('source/file')).toMatchObject({ stat: { attributes: hidden }, descriptor: SDDL });
  });

  test('tells what changed of it, between snapshots and on disk', async () => {
    for (const name of ['attributes', 'access', 'streams']) {
      writeFileSync(at(name), name);
      windows.set(at(name), { attributes: 0, descriptor: SDDL });
    }
    const first = await pushed();
    windows
      .set(at('attributes'), { attributes: hidden })
      .set(at('access'), { descriptor: 'D:', attributes: archive });
    writeFileSync(at('streams:new'), 'x');
    // As on Windows, both are changes of the file.
    for (const name of ['access', 'streams']) chmodSync(at(name), statSync(at(name)).mode);
    const found = await status(made.repository, { ...options(), sources: [made.source] });
    const told = (changes: DiffInfo[]) => Object.fromEntries(changes.map(({ path, what }) => [path, what]));
    expect(told(found.changes)).toEqual({
      'source/access': ['ctime'],
      'source/attributes': ['attributes'],
      'source/streams': ['ctime'],
      source: ['mtime'],
    });
    const second = await pushed();
    const changes: DiffInfo[] = [];
    const moments = {
      from: { snapshot: first.snapshot! },
      to: { snapshot: second.snapshot! },
      paths: ['source/*'],
    };
    for await (const change of compare(made.repository, moments)) changes.push(change);
    expect(told(changes)).toEqual({
      'source/access': ['access'],
      'source/attributes': ['attributes'],
      'source/streams': ['streams'],
    });
  });

  test('keeps attributes of a file that changes before it is read', async () => {
    mkdirSync(at('b'));
    writeFileSync(at('a'), 'a');
    writeFileSync(at('large'), noise(2 * 2 ** 20, 1));
    mkdirSync(at('z'));
    for (const name of ['a', 'large']) windows.set(at(name), { attributes: hidden, descriptor: SDDL });
    const listDirectory = windows.listDirectory.bind(windows);
    windows.listDirectory = (path) => {
      // When this is listed, those were looked at.
      if (path === at('z')) for (const name of ['a', 'large']) appendFileSync(at(name), '+');
      return listDirectory(path);
    };
    const { entries } = readSnapshot(made, await pushed());
    expect(entries.get('source/a')).toMatchObject({
      stat: { size: 2, attributes: hidden },
      descriptor: SDDL,
    });
    const { stat, descriptor } = entries.get('source/large')!;
    expect({ ...stat, descriptor }).toMatchObject({
      size: 2 * 2 ** 20 + 1,
      attributes: hidden,
      descriptor: SDDL,
    });
  });

  test('stores what is attached in threads, too: a result is more than its chunks', () => {
    const result: ReadResult = {
      kind: 'read',
      items: Uint8Array.of(1),
      count: 1,
      bytes: 7,
      changed: true,
      stat: Uint8Array.of(2),
    };
    const results: ReadResult[] = [
      { ...result, attached: Uint8Array.of(3, 4), lost: 'why' },
      result,
      { ...result, attached: new Uint8Array(0) },
      { kind: 'failed', code: 'EBUSY', message: 'held' },
    ];
    expect(unpackResults(packResults(results))).toEqual(results);
  });

  test('stores the list of a long stream in chunks of its own', async () => {
    const small = await makeRepository({ now: made.repository.now, chunk: SMALL_CHUNKS });
    try {
      writeFileSync(join(small.source, 'file'), 'data');
      writeFileSync(join(small.source, 'file:long'), noise(3 * 2 ** 20, 5));
      const result = await push(small.repository, options({ sources: [small.source] }));
      const { entries, streams } = readSnapshot(small, result);
      const [depth] = entries.get('source/file')!.streams[0]!.list;
      expect(depth).toBe(1);
      expect(streams('source/file').long!.equals(noise(3 * 2 ** 20, 5))).toBe(true);
    } finally {
      await small.cleanup();
    }
  });

  test('reads what is attached once for a file with several names', async () => {
    writeFileSync(at('a'), 'data');
    linkSync(at('a'), at('b'));
    windows.set(at('a'), { descriptor: SDDL });
    const { entries } = readSnapshot(made, await pushed());
    expect(windows.calls.filter((call) => call.startsWith('securityDescriptor'))).toHaveLength(2);
    expect(entries.get('source/b')!.descriptor).toBe(SDDL);
  });

  test('warns once of what cannot be read, and stores the rest', async () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(at(name), name);
    writeFileSync(at('c:stream'), 'x');
    windows.set(at('a'), { descriptor: SDDL });
    windows.failing.set(`securityDescriptor ${at('b')}`, 'EPERM').set(`streams ${at('c')}`, 'EBUSY');
    const result = await pushed();
    expect(result).toMatchObject({ skipped: [], statistics: { files: 3, skipped: 0 } });
    expect(warnings()).toEqual([
      'The access list or alternate streams could not be read of 2 files and directories, the first source/b: securityDescriptor: made up',
    ]);
    const { entries } = readSnapshot(made, result);
    expect(entries.get('source/a')!.descriptor).toBe(SDDL);
    expect(entries.get('source/b')!.descriptor).toBeUndefined();
  });

  test('passes over a stream that is gone, or has a name that is no text', async () => {
    writeFileSync(at('a'), 'a');
    windows.streams = () => [
      { name: 'gone', size: 1 },
      { name: '\ud800', size: 1 },
    ];
    const result = await pushed();
    expect(warnings()[0]).toMatch(/of 2 files .*source: no such file/);
    expect(readSnapshot(made, result).streams('source/a')).toEqual({});
  });

  test('has its streams checked by verify', async () => {
    writeFileSync(at('empty'), '');
    writeFileSync(at('empty:stream'), 'data');
    await pushed();
    rmSync(join(made.location, 'packs/data'), { recursive: true });
    const { problems } = await verify(made.repository, { readData: false });
    expect(JSON.stringify(problems)).toContain('source/empty');
  });

  test('goes on without the rights of a backup program', async () => {
    windows.failing.set('enablePrivileges', 'EPERM');
    expect(await pushed()).toMatchObject({ statistics: { directories: 1 } });
    expect(warnings()[0]).toContain('rights of a backup program');
  });

  test('stores what is attached from a frozen view of the volume', async () => {
    mkdirSync(join(made.root, 'frozen'));
    mkdirSync(join(made.root, 'frozen/folder'));
    mkdirSync(at('folder'));
    writeFileSync(at('file'), 'data');
    writeFileSync(join(made.root, 'frozen/file'), 'data');
    for (const name of ['file', 'folder']) windows.set(join(made.root, 'frozen', name), { descriptor: SDDL });
    const views = {
      pathInShadow: async (path: Uint8Array) => ({
        path: Buffer.from(String(Buffer.from(path)).replace(made.source, join(made.root, 'frozen'))),
        provider: 'copy',
      }),
      openFor: async () => {},
      removeLeftovers: async () => {},
      close: async () => {},
    };
    utimesSync(at('file'), 1, 1);
    utimesSync(join(made.root, 'frozen/file'), 1, 1);
    const { entries } = readSnapshot(made, await pushed({ shadow: 'always', views }));
    expect(entries.get('source/file')).toMatchObject({ descriptor: SDDL, stat: { attributes: 0 } });
    expect(entries.get('source/folder')).toMatchObject({ descriptor: SDDL, stat: { attributes: 0 } });
  });
});

describe.skipIf(lacks('colons'))('files that are in a cloud only', () => {
  beforeEach(() => {
    mkdirSync(at('folder'));
    for (const name of ['a', 'folder/b', 'folder/c']) writeFileSync(at(name), name);
  });

  test('stay as they were, are counted, and come back when they are here again', async () => {
    await pushed();
    windows.set(at('folder/b'), { attributes: recallOnDataAccess });
    windows.set(at('a'), { attributes: recallOnDataAccess });
    const second = await pushed();
    expect(second).toMatchObject({
      leftOut: { cloud: 2 },
      skipped: [],
      statistics: { files: 3, deleted: 0, skipped: 0 },
    });
    const { entries } = readSnapshot(made, second);
    expect([...entries.keys()]).toContain('source/folder/b');
    rmSync(at('folder/c'));
    expect(await pushed()).toMatchObject({ leftOut: { cloud: 2 }, statistics: { files: 2, deleted: 1 } });
    windows.set(at('a'), { attributes: 0 });
    expect(await pushed()).toMatchObject({
      leftOut: { cloud: 1 },
      statistics: { files: 2, deleted: 0, new: 0 },
    });
  });

  test('are not read when they are new, unless that is asked for', async () => {
    windows
      .set(at('folder'), { attributes: recallOnDataAccess })
      .set(at('a'), { attributes: recallOnDataAccess });
    expect(await pushed()).toMatchObject({ leftOut: { cloud: 2 }, statistics: { files: 0, bytesRead: 0 } });
    expect(await pushed({ cloudFiles: 'read' })).toMatchObject({
      leftOut: { cloud: 0 },
      statistics: { files: 3 },
    });
  });

  test('are no deletions in status', async () => {
    await pushed();
    windows.set(at('folder'), { attributes: recallOnDataAccess });
    const found = await status(made.repository, { ...options(), sources: [made.source] });
    expect(found).toMatchObject({ new: 0, deleted: 0, unchanged: 5 });
  });
});
