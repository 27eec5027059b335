import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeContent, entriesOf } from '../../src/model/entry.ts';
import { ruleLines } from '../../src/rules/lines.ts';
import type { OrdinaryRules } from '../../src/rules/rules.ts';
import { shortRules } from '../../src/rules/short-form.ts';
import { scan, scanInline } from '../../src/scan/scan.ts';
import { walk } from '../../src/scan/walk.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';
import { GitTree } from '../rules/git.ts';
import { fakeDisk, type Tree } from './fake-disk.ts';
import { collect, optionsFor, temporaryDirectory, told } from './scanned.ts';

const noOwners = { users: new Map<number, string>(), groups: new Map<number, string>() };

function excluding(patterns: string[], more: Partial<OrdinaryRules> = {}): OrdinaryRules {
  const lines = ruleLines(patterns, { origin: '--exclude' });
  return { form: 'ordinary', lines, ignoreFiles: true, ifPresent: [], ...more };
}

function scanTree(tree: Tree, rules: Parameters<typeof optionsFor>[1], faults = {}) {
  return collect(walk(optionsFor(sep, rules), fakeDisk(tree, faults), noOwners));
}

describe('a walk with rules', () => {
  it('leaves out what they leave out, does not look below, and counts the names', () => {
    const tree: Tree = { 'a.o': 1, build: { x: 1, deep: { y: 1 } }, src: { build: 3, 'b.o': 1, c: 1 } };
    const scanned = scanTree(tree, { rules: excluding(['*.o', 'build/']) }, { list: { '/build': 'EACCES' } });
    expect(scanned.paths).toEqual(['s', 's/src', 's/src/build', 's/src/c']);
    expect(scanned.excluded).toBe(3);
    expect(scanned.problems).toEqual([]);
  });

  it('does not even look at a name that is out whatever it is', () => {
    const tree: Tree = { '.gvfs': 1, other: 1 };
    const faults = { look: { '/.gvfs': 'EACCES' } };
    expect(scanTree(tree, { rules: excluding(['.gvfs']) }, faults).problems).toEqual([]);
    const unsure = scanTree(tree, { rules: excluding(['.gvfs/']) }, faults);
    expect(told(unsure.problems)).toEqual(['unreadable-entry s/.gvfs EACCES']);
  });

  it('never leaves out a source', () => {
    const options = { rules: excluding(['*', '/s', 's'], { largerThan: 1 }) };
    expect(scanTree({ a: 1 }, options).paths).toEqual(['s']);
    const file = { name: 's', path: Buffer.from(`${sep}a`) };
    expect(scanTree({ a: 7 }, { ...options, sources: [file] }).paths).toEqual(['s']);
  });

  it('leaves out files that are larger, but nothing else', () => {
    const tree: Tree = { a: 10, b: 11, c: { d: 12 } };
    const scanned = scanTree(tree, { rules: excluding([], { largerThan: 10 }) });
    expect(scanned.paths).toEqual(['s', 's/a', 's/c']);
    expect(scanned.excluded).toBe(2);
  });

  it('keeps of a directory with a certain name in it that name and the directory', () => {
    const tree: Tree = { a: { '.nobackup': 0, x: 1, y: { z: 1 } }, b: { x: 1 } };
    const scanned = scanTree(tree, { rules: excluding([], { ifPresent: ['.nobackup', '.other'] }) });
    expect(scanned.paths).toEqual(['s', 's/a', 's/a/.nobackup', 's/b', 's/b/x']);
    expect(scanned.excluded).toBe(2);
  });

  it.skipIf(lacks('byteNames'))('matches names that are not UTF-8', () => {
    const tree: Tree = { 'a\xff.o': 1, 'a\xff.c': 1, '\xff': { x: 1 } };
    expect(scanTree(tree, { rules: excluding(['*.o', '/?/']) }).paths).toEqual(['s', 's/a\xff.c']);
  });
});

describe('a walk with the short form', () => {
  const tree: Tree = { a: { b: { c: 1 }, empty: {}, d: 'link' }, e: { f: { g: 1 } }, h: 1 };
  const trackedIn = (rules: ReturnType<typeof shortRules>) =>
    Object.fromEntries(
      [...walk(optionsFor(sep, { rules }), fakeDisk(tree), noOwners)]
        .flatMap(({ run }) => [...entriesOf(run)])
        .map(({ path, content }) => [Buffer.from(path).toString(), decodeContent(content).tracked]),
    );

  it('keeps directories on the way to what is in, and no others', () => {
    expect(trackedIn(shortRules({ track_files: ['c:rec'], include_dirs: ['a/empty'] }))).toEqual({
      s: true,
      's/a': true,
      's/a/b': true,
      's/a/b/c': true,
      's/a/empty': false,
    });
  });

  it('keeps those on the way to what could not be looked at, for that stays as it was', () => {
    const rules = { rules: shortRules({ track_files: ['g:rec', 'c:rec'] }) };
    const closed = { list: { '/a/b': 'EACCES' }, look: { '/e/f/g': 'EACCES' } };
    const { paths, problems } = scanTree(tree, rules, closed);
    expect(paths).toEqual(['s', 's/a', 's/e', 's/e/f']);
    expect(told(problems)).toEqual(['unreadable-directory s/a/b EACCES', 'unreadable-entry s/e/f/g EACCES']);
  });

  it('marks what has no history', () => {
    expect(trackedIn(shortRules({ include_dirs: ['a'], track_dirs: ['e/f'] }))).toEqual({
      s: true,
      's/a': false,
      's/a/b': false,
      's/a/b/c': false,
      's/a/d': false,
      's/a/empty': false,
      's/e': true,
      's/e/f': true,
      's/e/f/g': true,
    });
  });

  it('does not walk what can hold nothing', () => {
    const faults = { list: { '/e': 'EACCES' } };
    expect(scanTree(tree, { rules: shortRules({ include_dirs: ['a/b'] }) }, faults)).toMatchObject({
      paths: ['s', 's/a', 's/a/b', 's/a/b/c'],
      problems: [],
    });
  });
});

describe('ignore files', () => {
  it('say what is left out of their directory, from the inside out, behind what the job says', async () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'a/b'), { recursive: true });
    for (const file of ['x.o', 'a/x.o', 'a/b/x.o', 'a/b/y.o', 'a/z']) writeFileSync(join(root, file), '');
    writeFileSync(join(root, '.bmcloudignore'), '*.o\n/z\n');
    writeFileSync(join(root, 'a/b/.bmcloudignore'), '!*.o\r\n');
    const rules = excluding(['y.o']);
    const batches = [];
    for await (const batch of scan(optionsFor(root, { rules }))) batches.push(batch);
    const expected = ['s', 's/.bmcloudignore', 's/a', 's/a/b', 's/a/b/.bmcloudignore', 's/a/b/x.o', 's/a/z'];
    expect(collect(batches).paths).toEqual(expected);
    const without = collect(scanInline(optionsFor(root, { rules: { ...rules, ignoreFiles: false } })));
    expect(without.paths).toContain('s/x.o');
  });

  it.skipIf(lacks('symlinks'))('count only where they are files that can be read', () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'a/.bmcloudignore'), { recursive: true });
    mkdirSync(join(root, 'b'));
    mkdirSync(join(root, 'c'));
    writeFileSync(join(root, 'all'), '*\n');
    symlinkSync('../all', join(root, 'b/.bmcloudignore'));
    writeFileSync(join(root, 'c/.bmcloudignore'), `*\n${'#'.repeat(1024 * 1024)}`);
    chmodSync(join(root, 'all'), 0o600);
    for (const directory of ['a', 'b', 'c']) writeFileSync(join(root, directory, 'x'), '');
    const { paths, problems } = collect(scanInline(optionsFor(root, { rules: excluding([]) })));
    expect(paths).toEqual(expect.arrayContaining(['s/a/x', 's/b/x', 's/c/x']));
    expect(problems).toEqual([]);
    rmSync(join(root, 'b/.bmcloudignore'));
    writeFileSync(join(root, 'b/.bmcloudignore'), '*');
    expect(collect(scanInline(optionsFor(root, { rules: excluding([]) }))).paths).not.toContain('s/b/x');
  });
});

describe.skipIf(isWindows)('a whole walk leaves what "git ls-files --others" leaves', () => {
  let git: GitTree;
  beforeAll(() => {
    const files = ['a', 'b.o', 'c', 'x y'];
    const directories = ['', 'a.d/', 'a.d/b/', 'a.d/b/c.d/', 'e/', 'e/b/'];
    git = new GitTree(directories.flatMap((directory) => files.map((file) => directory + file)));
  });
  afterAll(() => git.remove());

  const pattern = fc
    .tuple(
      fc.constantFrom('', '', '!'),
      fc.constantFrom('', '/', '**/', 'a.d/', 'e/**/', '*/'),
      fc.constantFrom('*', 'a', 'b', 'b.o', '*.o', '*.d', '[a-c]', '?', 'x y', '**'),
      fc.constantFrom('', '', '/'),
    )
    .map((parts) => parts.join(''));
  const list = fc.array(pattern, { maxLength: 3 });

  it('with patterns of its command line and files of patterns', () => {
    const cases = fc.record({ own: list, top: list, inner: list });
    fc.assert(
      fc.property(cases, ({ own, top, inner }) => {
        const files = { '.bmcloudignore': top.join('\n'), 'a.d/b/.bmcloudignore': inner.join('\n') };
        git.with(files, () => {
          const { paths, stats } = collect(
            scanInline(optionsFor(git.directory, { rules: excluding([...own, '.git']) })),
          );
          const ours = paths.filter((path) => stats.get(path)?.type === 'file').map((path) => path.slice(2));
          expect(ours.sort()).toEqual(git.filesLeft([...own, '.git'], '.bmcloudignore').sort());
        });
      }),
      { numRuns: 60 },
    );
  });
});
