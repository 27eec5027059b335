import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type ComparisonOptions,
  compareFingerprint,
  type FingerprintOptions,
  fingerprint,
} from '../src/fingerprint.ts';
import { noise, useRig } from './download/rig.ts';
import { lacks } from './fixtures/platform.ts';

const rig = useRig();

const of = async (path: string, options: Partial<FingerprintOptions> = {}) =>
  await fingerprint({ path, cwd: '/', oneFileSystem: false, excludeCaches: false, ...options });
const hashOf = async (path: string, kind: FingerprintOptions['kind'] = 'metadata') =>
  (await of(path, { kind })).fingerprint;
const compare = (path: string, options: Partial<ComparisonOptions> = {}) =>
  compareFingerprint(rig.repository, {
    path,
    cwd: '/',
    at: { latest: true },
    oneFileSystem: false,
    excludeCaches: false,
    ...options,
  });

function makeTree(): void {
  mkdirSync(rig.inSource('a/b'), { recursive: true });
  writeFileSync(rig.inSource('a/b/file'), 'data');
  writeFileSync(rig.inSource('a.txt'), 'sorted between');
  writeFileSync(rig.inSource('large'), noise(3_000_000, 1));
  writeFileSync(rig.inSource('sparse'), '');
  truncateSync(rig.inSource('sparse'), 2_500_000);
  if (!lacks('symlinks')) symlinkSync('a/b', rig.inSource('link'));
}

/** The paper's words, by somebody who has read nothing else. */
const script = `
import hashlib, os, stat, sys
root, kind = os.fsencode(sys.argv[1]), sys.argv[2]
found = [(b'.', root)]
for top, folders, files in os.walk(root):
    for name in folders + files:
        full = os.path.join(top, name)
        found.append((os.path.relpath(full, root), full))
def key(path):
    return [] if path == b'.' else path.split(b'/')
h = hashlib.sha256(('bmcloud-fingerprint 1 %s\\n' % kind).encode())
letters = {stat.S_IFREG: 'f', stat.S_IFDIR: 'd', stat.S_IFLNK: 'l', stat.S_IFIFO: 'p'}
for path, full in sorted(found, key=lambda one: key(one[0])):
    s = os.lstat(full)
    letter = letters[stat.S_IFMT(s.st_mode)]
    size = s.st_size if letter == 'f' else 0
    if kind == 'metadata':
        mode = 0 if letter == 'l' else stat.S_IMODE(s.st_mode)
        words = '%s %o %d %d ' % (letter, mode, size, s.st_mtime_ns // 1000000000)
    else:
        data = hashlib.sha256(open(full, 'rb').read()).hexdigest() if letter == 'f' else '-'
        words = '%s %d %s ' % (letter, size, data)
    target = os.readlink(full) if letter == 'l' else b''
    h.update(words.encode() + path + b'\\0' + target + b'\\0')
print(h.hexdigest())
`;

test.skipIf(lacks('shell')).each(['metadata', 'content'] as const)(
  'it is what the paper says: %s',
  async (kind) => {
    makeTree();
    mkdirSync(rig.inSource('a-'));
    writeFileSync(rig.inSource('a-/x'), '');
    writeFileSync(rig.inSource('new\nline'), 'x');
    if (!lacks('byteNames'))
      writeFileSync(Buffer.concat([Buffer.from(`${rig.source}/`), Buffer.from([0xff, 0x20])]), '');
    chmodSync(rig.inSource('a'), 0o1750);
    utimesSync(rig.inSource('a.txt'), '-5.5', '-5.5');
    const expected = execFileSync('python3', ['-c', script, rig.source, kind], { encoding: 'utf8' }).trim();
    expect(await hashOf(rig.source, kind)).toBe(expected);
  },
);

test('a copy has the same, wherever it lies and in whatever order it was made', async () => {
  makeTree();
  const copy = join(rig.root, 'another name');
  cpSync(rig.source, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  expect(await hashOf(copy, 'content')).toBe(await hashOf(rig.source, 'content'));
  renameSync(join(copy, 'a'), join(copy, 'moved'));
  expect(await hashOf(copy, 'content')).not.toBe(await hashOf(rig.source, 'content'));
});

describe('every change shows', () => {
  const changes: [string, FingerprintOptions['kind'][], () => void][] = [
    ['a name', ['metadata', 'content'], () => renameSync(rig.inSource('a.txt'), rig.inSource('b.txt'))],
    ['a size', ['metadata', 'content'], () => truncateSync(rig.inSource('large'), 2_999_999)],
    ['a directory', ['metadata', 'content'], () => mkdirSync(rig.inSource('new'))],
    ['a time', ['metadata'], () => utimesSync(rig.inSource('a.txt'), 1000, 1000)],
    ['a deletion', ['metadata', 'content'], () => rmSync(rig.inSource('a'), { recursive: true })],
  ];
  test.each(changes)('%s', async (_, kinds, change) => {
    makeTree();
    const before = { metadata: await hashOf(rig.source), content: await hashOf(rig.source, 'content') };
    change();
    for (const kind of ['metadata', 'content'] as const)
      expect((await hashOf(rig.source, kind)) !== before[kind], kind).toBe(kinds.includes(kind));
  });

  test.skipIf(lacks('modes'))('a mode', async () => {
    makeTree();
    const before = await hashOf(rig.source);
    chmodSync(rig.inSource('a.txt'), 0o600);
    expect(await hashOf(rig.source)).not.toBe(before);
  });
});

test('counts; a file is a tree, too', async () => {
  makeTree();
  expect(await of(rig.source)).toMatchObject({
    files: 4,
    directories: 3,
    bytes: 4 + 14 + 3_000_000 + 2_500_000,
    skipped: [],
  });
  expect(await of(rig.inSource('a.txt'), { kind: 'content' })).toMatchObject({
    files: 1,
    directories: 0,
    bytes: 14,
  });
  await expect(of(rig.inSource('none'))).rejects.toMatchObject({ code: 'source-missing' });
});

describe('compared with a snapshot', () => {
  test('the source itself, a part of it, and a restored copy', async () => {
    makeTree();
    await rig.push();
    await rig.run();
    for (const kind of ['metadata', 'content'] as const) {
      expect(await compare(rig.source, { kind })).toMatchObject({ equal: true, differences: 0 });
      expect(await compare(rig.inSource('a'), { kind })).toMatchObject({ equal: true, files: 1 });
      expect(await compare(rig.to, { kind })).toMatchObject({
        equal: true,
        fingerprint: await hashOf(rig.source, kind),
      });
    }
    expect(await compare(join(rig.to, 'a/b'), { within: 'source/a/b' })).toMatchObject({ equal: true });
    expect(await compare(join(rig.to, 'a/b'), { within: 'source/a' })).toMatchObject({ equal: false });
  });

  test('data are compared without fetching any', async () => {
    makeTree();
    await rig.push();
    for (const name of readdirSync(join(rig.location, 'packs/data'), { recursive: true, encoding: 'utf8' }))
      rmSync(join(rig.location, 'packs/data', name), { force: true, recursive: true });
    expect(await compare(rig.source, { kind: 'content' })).toMatchObject({ equal: true });
  });

  test('what differs is named', async () => {
    makeTree();
    const times = [1_700_000_000, 1_700_000_000] as const;
    for (const name of ['a.txt', 'large', 'sparse']) utimesSync(rig.inSource(name), ...times);
    await rig.push();
    writeFileSync(rig.inSource('large'), noise(3_000_000, 2));
    const sparse = Buffer.alloc(2_500_000);
    sparse[2_400_000] = 1;
    writeFileSync(rig.inSource('sparse'), sparse);
    writeFileSync(rig.inSource('a.txt'), 'longer than before');
    for (const name of ['a.txt', 'large', 'sparse']) utimesSync(rig.inSource(name), ...times);
    rmSync(rig.inSource('a/b'), { recursive: true });
    mkdirSync(rig.inSource('zz'));
    const { equal, differences, first } = await compare(rig.source, { kind: 'content' });
    expect({ equal, differences }).toEqual({ equal: false, differences: 6 });
    expect(first).toEqual([
      { path: 'a/b', change: 'removed', what: [] },
      { path: 'a/b/file', change: 'removed', what: [] },
      { path: 'a.txt', change: 'changed', what: ['size', 'data'] },
      { path: 'large', change: 'changed', what: ['data'] },
      { path: 'sparse', change: 'changed', what: ['data'] },
      { path: 'zz', change: 'added', what: [] },
    ]);
    const metadata = await compare(rig.source);
    expect(metadata.first.find(({ path }) => path === 'a.txt')?.what).toEqual(['size']);
    expect(metadata.first.find(({ path }) => path === 'large')).toBeUndefined();
  });

  test('what cannot be read is never equal', async () => {
    makeTree();
    await rig.push();
    const result = await compare(rig.source, { kind: 'content' });
    expect(result.equal).toBe(true);
    expect(await compare(rig.source, { within: 'nowhere' })).toMatchObject({ equal: false });
  });
});
