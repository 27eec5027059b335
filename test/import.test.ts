import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Member } from '../src/archive/member.ts';
import { TarWriter } from '../src/archive/tar-writer.ts';
import type { ArchiveWriter } from '../src/archive/writer.ts';
import { ZipWriter } from '../src/archive/zip-writer.ts';
import { type ImportOptions, importArchive } from '../src/import.ts';
import { file, inPieces, MemorySink, type TestMember } from './archive/members.ts';
import { isWindows, lacks } from './fixtures/platform.ts';

let top: string;
let to: string;
let outside: string;
let archive: string;

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-import-')));
  to = join(top, 'target');
  outside = join(top, 'outside');
  archive = join(top, 'archive');
  mkdirSync(outside);
  writeFileSync(join(outside, 'kept'), 'kept');
});
afterEach(async () => {
  expect(readdirSync(outside)).toEqual(['kept']);
  expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('kept');
  expect(readdirSync(top).sort()).toEqual(['archive', 'outside', 'target']);
  expect(readdirSync(to, { recursive: true }).filter((name) => String(name).includes('.bmcloud-'))).toEqual(
    [],
  );
  // On Windows what was just closed may still be there for a moment.
  await rm(top, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

const inTarget = (path: string) => join(to, path);
const run = (options: Partial<ImportOptions> = {}) =>
  importArchive({ archive, to, overwrite: false, ownership: false, ...options });

async function make(kind: 'zip' | 'tar', members: (TestMember | Member)[]): Promise<void> {
  const sink = new MemorySink();
  const writer: ArchiveWriter = kind === 'zip' ? new ZipWriter(sink, 6) : new TarWriter(sink);
  for (const member of members) {
    if ('data' in member && member.data.length > 2 ** 20)
      await writer.addStream(member, inPieces(member.data, 2 ** 16));
    else if ('data' in member) await writer.addFile(member, await writer.pack([member.data]));
    else await writer.add(member);
  }
  await writer.finish();
  writeFileSync(archive, sink.bytes);
}

const stat = file('x', '').stat;
const folder = (path: string, mode = 0o755): Member => ({
  path: Buffer.from(path),
  stat: { ...stat, type: 'directory', mode },
});
const link = (path: string, target: string): Member => ({
  path: Buffer.from(path),
  stat: { ...stat, type: 'symlink', mode: 0o777, target: Buffer.from(target) },
});
const hardLink = (path: string, first: string): Member => ({
  path: Buffer.from(path),
  stat,
  linkTo: Buffer.from(first),
});
async function warningsOf(): Promise<string[]> {
  const warnings: string[] = [];
  await run({ onEvent: (event) => void (event.type === 'warning' && warnings.push(event.message)) });
  return warnings;
}
const failures = ({ failed }: { failed: { path: string; reason: string }[] }) =>
  Object.fromEntries(failed.map(({ path, reason }) => [path, reason]));

const large = new Uint8Array(3_000_000).map((_, i) => i % 253);

describe.each(['zip', 'tar'] as const)('%s', (kind) => {
  test('files large and small, directories, modes, times; again, nothing is left to do', async () => {
    const many = Array.from({ length: 300 }, (_, i) => file(`d/many/${i}`, `file ${i}`));
    const closed = folder('d', 0o500);
    await make(kind, [
      closed,
      file('d/small', 'data'),
      { ...file('d/large', large) },
      ...many,
      file('deep/er/est', ''),
    ]);
    const result = await run();
    expect(result).toMatchObject({ kind, files: 303, directories: 1, failed: [], unchanged: 0 });
    expect(readFileSync(inTarget('d/large'))).toEqual(Buffer.from(large));
    expect(readFileSync(inTarget('d/many/299'), 'utf8')).toBe('file 299');
    expect(lstatSync(inTarget('d/small')).mtimeMs).toBe(1_700_000_000_000);
    expect(lstatSync(inTarget('d')).mtimeMs).toBe(1_700_000_000_000);
    if (!lacks('modes')) expect(lstatSync(inTarget('d')).mode & 0o777).toBe(0o500);
    expect(await run()).toMatchObject({ files: 0, unchanged: 303, failed: [] });
  });

  test('names that lead elsewhere are refused, each by its name; the others are unpacked', async () => {
    await make(kind, [
      file('../outside/evil', 'evil'),
      file('a/../../outside/evil', 'evil'),
      file('/evil', 'evil'),
      file(join(outside, 'evil'), 'evil'),
      file('./good//one', 'good'),
      file('..', 'evil'),
      file('good/two', 'good'),
    ]);
    const result = await run();
    expect(failures(result)).toEqual({
      '../outside/evil': 'its name leads out of the directory (..)',
      'a/../../outside/evil': 'its name leads out of the directory (..)',
      '/evil': 'its name is an absolute path',
      [join(outside, 'evil')]: isWindows
        ? 'its name has a backslash, which separates directories on Windows'
        : 'its name is an absolute path',
      '..': 'its name leads out of the directory (..)',
    });
    expect(readdirSync(inTarget('good')).sort()).toEqual(['one', 'two']);
    expect(existsSync('/evil')).toBe(false);
  });

  test.skipIf(lacks('symlinks'))('a link of the archive is never written through', async () => {
    await make(kind, [
      link('way', outside),
      file('way/evil', 'evil'),
      link('kept', join(outside, 'kept')),
      file('kept', 'evil'),
      link('up', '..'),
      file('up/outside/evil', 'evil'),
    ]);
    const result = await run();
    const refusal = 'the archive has something else where its directory should be';
    expect(failures(result)).toEqual({
      'way/evil': refusal,
      kept: 'the archive has it more than once: the first is taken',
      'up/outside/evil': refusal,
    });
    expect(readlinkSync(inTarget('way'))).toBe(outside);
    expect(readlinkSync(inTarget('kept'))).toBe(join(outside, 'kept'));
  });

  test.skipIf(lacks('symlinks'))(
    'a link that is there already is not walked through, nor written through',
    async () => {
      mkdirSync(to);
      symlinkSync(outside, inTarget('way'));
      symlinkSync(join(outside, 'kept'), inTarget('file'));
      await make(kind, [
        file('way/evil', 'evil'),
        folder('way'),
        file('file', 'evil'),
        file('way/large', large),
      ]);
      expect(failures(await run())).toEqual({
        'way/evil': 'a symbolic link is where its directory should be',
        way: 'a symbolic link is where its directory should be',
        'way/large': 'a symbolic link is where its directory should be',
        file: 'something else is there already, and was kept (--overwrite replaces it)',
      });
      const again = await run({ overwrite: true });
      expect(Object.keys(failures(again)).sort()).toEqual(['way', 'way/evil', 'way/large']);
      expect(lstatSync(inTarget('file')).isFile()).toBe(true);
    },
  );

  test('what is there is kept, unless it is to be replaced', async () => {
    mkdirSync(to);
    writeFileSync(inTarget('mine'), 'mine');
    mkdirSync(inTarget('folder'));
    await make(kind, [file('mine', 'theirs'), file('folder', 'a file'), { ...file('other', large) }]);
    expect(failures(await run())).toEqual({
      mine: 'something else is there already, and was kept (--overwrite replaces it)',
      folder: 'a directory is in its place',
    });
    expect(readFileSync(inTarget('mine'), 'utf8')).toBe('mine');
    utimesSync(inTarget('other'), 5, 5);
    expect(Object.keys(failures(await run())).sort()).toEqual(['folder', 'mine', 'other']);
    expect(await run({ overwrite: true })).toMatchObject({ files: 2 });
    expect(readFileSync(inTarget('mine'), 'utf8')).toBe('theirs');
  });

  test('names twice, and files that are directories', async () => {
    await make(kind, [
      file('a', 'first'),
      file('a', 'second'),
      file('a/b', 'below'),
      folder('c'),
      folder('c'),
    ]);
    const result = await run();
    expect(Object.keys(failures(result)).sort()).toEqual(['a', 'a/b']);
    expect(readFileSync(inTarget('a'), 'utf8')).toBe('first');
    expect(readdirSync(inTarget('c'))).toEqual([]);
  });

  test('an archive that becomes too much is stopped', async () => {
    await make(kind, [file('one', 'x'.repeat(500)), file('two', 'x'.repeat(600)), file('three', '')]);
    await expect(run({ limits: { bytes: 1000 } })).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('--max-size'),
    });
    expect(existsSync(inTarget('two'))).toBe(false);
    await expect(run({ limits: { members: 2 } })).rejects.toMatchObject({
      hint: expect.stringContaining('--max-members'),
    });
    expect(await run({ limits: { bytes: 1100, members: 3 } })).toMatchObject({ failed: [] });
  });

  test('it can be interrupted', async () => {
    await make(kind, [file('one', '1'), file('two', '2')]);
    const signal = AbortSignal.abort();
    await expect(run({ signal })).rejects.toMatchObject({ code: 'interrupted' });
  });
});

test('hard links are made to files of the archive, and to nothing else', async () => {
  mkdirSync(to);
  writeFileSync(inTarget('mine'), 'mine');
  await make('tar', [
    file('first', 'data'),
    hardLink('second', 'first'),
    hardLink('third', './second'),
    hardLink('stolen', 'mine'),
    hardLink('evil', '../outside/kept'),
    hardLink('worse', join(outside, 'kept')),
  ]);
  const result = await run();
  expect(Object.keys(failures(result)).sort()).toEqual(['evil', 'stolen', 'worse']);
  const { ino, nlink } = lstatSync(inTarget('first'));
  expect({ ino, nlink }).toEqual({ ino: lstatSync(inTarget('third')).ino, nlink: 3 });
  expect(await run()).toMatchObject({ unchanged: 3, links: 0 });
});

test.skipIf(lacks('symlinks'))('another name of a symbolic link is such a link', async () => {
  await make('tar', [
    hardLink('before', 'link'),
    link('link', '../outside'),
    hardLink('after', './link'),
    hardLink('chain', 'after'),
    hardLink('after/evil', 'link'),
  ]);
  const result = await run();
  expect(failures(result)).toEqual({
    'after/evil': 'the archive has something else where its directory should be',
  });
  for (const name of ['before', 'link', 'after', 'chain'])
    expect(readlinkSync(inTarget(name))).toBe('../outside');
  expect(await run()).toMatchObject({ links: 0, unchanged: 4 });
});

test('a file with several names is replaced, not written to', async () => {
  mkdirSync(to);
  linkSync(join(outside, 'kept'), inTarget('kept'));
  await make('tar', [file('kept', 'other data')]);
  await run({ overwrite: true });
  expect(readFileSync(inTarget('kept'), 'utf8')).toBe('other data');
});

test.skipIf(lacks('fifos'))('FIFOs are made, devices are not; setuid bits only on request', async () => {
  await make('tar', [
    { path: Buffer.from('pipe'), stat: { ...stat, type: 'fifo' } },
    { path: Buffer.from('null'), stat: { ...stat, type: 'character', deviceNumber: 2 ** 20 + 3 } },
    { ...file('root', 'x'), stat: { ...stat, size: 1, mode: 0o4755 } },
  ]);
  const events: string[] = [];
  const result = await run({
    onEvent: (event) => void (event.type === 'warning' && events.push(event.message)),
  });
  expect(result).toMatchObject({ links: 1, files: 1, failed: [] });
  expect(lstatSync(inTarget('pipe')).isFIFO()).toBe(true);
  expect(existsSync(inTarget('null'))).toBe(false);
  expect(events).toEqual(['a device is not made']);
  expect(lstatSync(inTarget('root')).mode & 0o7777).toBe(0o755);
});

test.skipIf(lacks('byteNames'))('names that are no text', async () => {
  const name = Buffer.from([0x61, 0xff, 0xfe]);
  await make('tar', [
    { ...file('', 'data'), path: name },
    { ...file('', 'more'), path: Buffer.concat([name, Buffer.from('d/e')]) },
  ]);
  expect(await run()).toMatchObject({ files: 2, failed: [] });
  expect(readFileSync(Buffer.concat([Buffer.from(`${to}/`), name]), 'utf8')).toBe('data');
});

test('names of Windows in a zip that was made there', async () => {
  await make('zip', [
    file('a\\..\\..\\evil', 'evil'),
    file('C:evil', 'evil'),
    file('c:/evil', 'evil'),
    file('good', ''),
  ]);
  const bytes = readFileSync(archive);
  // Made by: DOS, in each record of the directory.
  for (let at = bytes.indexOf('PK\x01\x02'); at !== -1; at = bytes.indexOf('PK\x01\x02', at + 1))
    bytes[at + 5] = 0;
  writeFileSync(archive, bytes);
  expect(failures(await run())).toEqual({
    'a\\..\\..\\evil': 'its name has a backslash, which separates directories on Windows',
    'C:evil': 'its name begins with a drive',
    'c:/evil': 'its name begins with a drive',
  });
  expect(readdirSync(to)).toEqual(['good']);
});

test('damage costs the member it is in; of a zip, the others are unpacked', async () => {
  await make('zip', [
    file('one', 'x'),
    file('two', 'y'.repeat(50)),
    { ...file('large', large) },
    file('three', 'z'),
  ]);
  const bytes = readFileSync(archive);
  for (const at of [bytes.indexOf('PK\x03\x04', 10) + 45, bytes.indexOf('large') + 500])
    bytes[at] = (bytes[at] as number) ^ 0xff;
  writeFileSync(archive, bytes);
  const result = await run();
  expect(result.failed.map(({ path, code }) => `${path} ${code}`).sort()).toEqual([
    'large damaged',
    'two damaged',
  ]);
  expect(readdirSync(to).sort()).toEqual(['one', 'three']);
});

test('data of directories of a zip are told of; those of FIFOs and devices are files', async () => {
  const modes = { dir: 0o040755, pipe: 0o010600, device: 0o020600, socket: 0o140600 };
  await make('zip', [...Object.keys(modes).map((name) => file(name, 'data')), file('dir/in', 'data')]);
  const bytes = readFileSync(archive);
  let record = 0;
  for (const mode of Object.values(modes)) {
    record = bytes.indexOf('PK\x01\x02', record + 1, 'latin1');
    bytes.writeUInt32LE(mode * 0x1_0000, record + 38);
  }
  writeFileSync(archive, bytes);
  expect(await warningsOf()).toEqual(['it is a directory, but has data, which are not unpacked']);
  expect(readdirSync(to).sort()).toEqual(['device', 'dir', 'pipe', 'socket']);
  for (const name of ['device', 'dir/in', 'pipe', 'socket'])
    expect(readFileSync(inTarget(name), 'utf8')).toBe('data');
});

test('the directory itself may be a member; what is no directory is refused by its name', async () => {
  await make('tar', [folder('.', 0o700), folder('./', 0o700), file('one', '1')]);
  expect(await run()).toMatchObject({ files: 1, directories: 0, failed: [] });
  for (const name of ['', '.', './.']) {
    await make('tar', [file(name, 'lost'), file('one', '1')]);
    expect(failures(await run())).toEqual({ '.': 'its name is that of the directory itself' });
  }
});

test.skipIf(lacks('shell')).each([
  ['incremental', ['--incremental']],
  ['labelled', ['--format=gnu', '--label=a label']],
  ['of before ustar', ['--format=v7']],
])('tars of GNU: %s', async (_, options) => {
  mkdirSync(to);
  mkdirSync(inTarget('in/deep'), { recursive: true });
  writeFileSync(inTarget('in/deep/file'), 'data');
  chmodSync(inTarget('in'), 0o750);
  execFileSync('tar', [...options, '-cf', archive, '-C', to, 'in']);
  await rm(to, { recursive: true });
  expect(await run()).toMatchObject({ kind: 'tar', files: 1, directories: 2, failed: [] });
  expect(lstatSync(inTarget('in')).mode & 0o777).toBe(0o750);
  expect(readFileSync(inTarget('in/deep/file'), 'utf8')).toBe('data');
});

test('a bomb whose headers lie about its size', async () => {
  await make('zip', [file('bomb', 'x'.repeat(100_000))]);
  const bytes = readFileSync(archive);
  const record = bytes.indexOf('PK\x01\x02');
  bytes.writeUInt32LE(10, record + 24);
  writeFileSync(archive, bytes);
  expect(failures(await run())).toEqual({ bomb: expect.stringMatching(/data are damaged: too many bytes/) });
});

test.each([
  ['gz', gzipSync],
  ['zst', zstdCompressSync],
] as const)('a tar in %s, whole and cut short', async (kind, compress) => {
  await make('tar', [file('one', 'data'), { ...file('large', large) }]);
  writeFileSync(archive, compress(readFileSync(archive)));
  expect(await run()).toMatchObject({ kind: `tar.${kind}`, files: 2 });
  truncateSync(archive, lstatSync(archive).size - 500);
  await expect(run({ overwrite: true })).rejects.toMatchObject({ code: 'damaged' });
});

test.each([
  ['gz', gzipSync],
  ['zst', zstdCompressSync],
] as const)(
  'what lies behind a tar in %s costs none of its files: zeros, and others with a word',
  async (_, compress) => {
    const names = Array.from({ length: 50 }, (_, i) => `${i}`);
    await make(
      'tar',
      names.map((name) => file(name, 'data'.repeat(1000))),
    );
    const whole = compress(readFileSync(archive));
    const behind = (bytes: string | Uint8Array) =>
      writeFileSync(archive, Buffer.concat([whole, Buffer.from(bytes)]));
    behind(new Uint8Array(700_000));
    expect(await warningsOf()).toEqual([]);
    for (const bytes of ['garbage', '\0\0\0garbage', new Uint8Array(700_000).fill(1)]) {
      await rm(to, { recursive: true });
      behind(bytes);
      expect(await warningsOf()).toEqual(['Behind the compressed data is something else, which is not read']);
      expect(readdirSync(to).length).toBe(50);
    }
    // What begins as another one is damaged, and comes after all files.
    await rm(to, { recursive: true });
    behind(whole.subarray(0, 20));
    await expect(run()).rejects.toMatchObject({ code: 'damaged' });
    expect(readdirSync(to).length).toBe(50);
  },
);

test('of tars that were joined to one file, the first is unpacked, with a word', async () => {
  await make('tar', [file('first', '1')]);
  const first = readFileSync(archive);
  await make('tar', [file('second', '2')]);
  writeFileSync(archive, Buffer.concat([first, readFileSync(archive)]));
  expect(await warningsOf()).toEqual(['Behind the end of the tar are more data, which are not read']);
  expect(readdirSync(to)).toEqual(['first']);
});

test('where an archive ends too soon, what came before that is there, links and modes too', async () => {
  const directory = { ...file('dir', ''), stat: { ...file('dir', '').stat, type: 'directory' as const } };
  const mode = { ...directory, stat: { ...directory.stat, mode: 0o755 } };
  const link = { ...file('dir/other', ''), linkTo: Buffer.from('dir/one') };
  await make('tar', [mode, file('dir/one', 'data'), link, file('dir/two', 'x'.repeat(2000))]);
  truncateSync(archive, 512 * 6);
  await expect(run()).rejects.toMatchObject({ code: 'damaged' });
  expect(readdirSync(inTarget('dir')).sort()).toEqual(['one', 'other']);
  if (!lacks('modes')) expect(lstatSync(inTarget('dir')).mode & 0o777).toBe(0o755);
});

test.each([
  ['gz', gzipSync],
  ['zst', zstdCompressSync],
] as const)(
  'the checksum at the end of a tar in %s is read, behind the end of the tar',
  async (_, compress) => {
    await make('tar', [file('one', 'data')]);
    writeFileSync(archive, compress(Buffer.concat([readFileSync(archive), Buffer.alloc(2_000_000)])));
    truncateSync(archive, lstatSync(archive).size - 2);
    await expect(run()).rejects.toMatchObject({ code: 'damaged' });
  },
);

test('of a zip without its directory nothing is said to be unpacked', async () => {
  await make('zip', [file('one', 'data')]);
  truncateSync(archive, lstatSync(archive).size - 5);
  mkdirSync(to);
  await expect(run()).rejects.toMatchObject({ code: 'damaged', hint: expect.stringMatching(/nothing was/) });
});

test('what is no archive, and what is not there', async () => {
  writeFileSync(archive, 'text');
  mkdirSync(to);
  await expect(run()).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/is not an archive/),
  });
  await expect(run({ archive: join(top, 'none') })).rejects.toMatchObject({ code: 'not-found' });
  await expect(run({ archive: outside })).rejects.toMatchObject({ code: 'source-unreadable' });
});
