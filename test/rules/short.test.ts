import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BmcloudError } from '../../src/errors.ts';
import { compile } from '../../src/rules/compile.ts';
import type { Decision, Scope } from '../../src/rules/rules.ts';
import { type ShortForm, shortRules } from '../../src/rules/short-form.ts';

type Lists = Omit<ShortForm, 'src'>;

/** What becomes of each file (or, with a slash at its end, directory): `-`, `mirrored` or `tracked`. */
function fates(lists: Lists, paths: string[], windows = false): Record<string, string> {
  const rules = compile(shortRules(lists, windows));
  return Object.fromEntries(paths.map((path) => [path, fateOf(rules.source([]), path)]));
}

function fateOf(root: Scope, path: string): string {
  const components = path.replace(/\/$/, '').split('/');
  let scope = root;
  for (const [i, name] of components.entries()) {
    const isInner = i + 1 < components.length;
    const { fate, isOnTheWay } = scope.decide(name, isInner || path.endsWith('/')) as Decision;
    if (fate === 'out') return '-';
    if (!isInner) return isOnTheWay ? `(${fate})` : fate;
    scope = scope.enter(name);
  }
  return '-';
}

/** The whole tree of a table. */
const tree = [
  'r.txt',
  'r.md',
  'docs/a.txt',
  'docs/a.md',
  'docs/deep/b.txt',
  'src/lib/c.ts',
  'src/lib/c.txt',
  'src/tmp/d.txt',
  'src/tmpx/e.txt',
  'other/f.txt',
  '.h',
  '.old/g.txt',
];

describe('the short form', () => {
  const cases: [string, Lists, Record<string, string>][] = [
    ['names nothing: nothing is in', {}, {}],
    [
      'a directory is in with everything below',
      { include_dirs: ['docs'] },
      { 'docs/a.txt': 'mirrored', 'docs/a.md': 'mirrored', 'docs/deep/b.txt': 'mirrored' },
    ],
    [
      'track_dirs keeps history',
      { track_dirs: ['docs'] },
      { 'docs/a.txt': 'tracked', 'docs/a.md': 'tracked', 'docs/deep/b.txt': 'tracked' },
    ],
    [
      'directories are globs from the root of src, one level a component',
      { include_dirs: ['*/deep', 'src/t*'] },
      { 'docs/deep/b.txt': 'mirrored', 'src/tmp/d.txt': 'mirrored', 'src/tmpx/e.txt': 'mirrored' },
    ],
    ['a directory is not found at another level than it is named at', { include_dirs: ['deep', 'lib'] }, {}],
    [
      '** is any number of levels',
      { include_dirs: ['**/lib'] },
      { 'src/lib/c.ts': 'mirrored', 'src/lib/c.txt': 'mirrored' },
    ],
    [
      'exclude_dirs cuts branches, by whole names',
      { track_dirs: ['src'], exclude_dirs: ['src/tmp'] },
      { 'src/lib/c.ts': 'tracked', 'src/lib/c.txt': 'tracked', 'src/tmpx/e.txt': 'tracked' },
    ],
    [
      'exclude_dirs wins over a directory that is named inside',
      { include_dirs: ['docs', 'docs/deep'], exclude_dirs: ['docs'] },
      {},
    ],
    [
      'exclude_dirs takes globs, too',
      { include_dirs: ['src', 'docs'], exclude_dirs: ['*/[dl]*'] },
      {
        'docs/a.txt': 'mirrored',
        'docs/a.md': 'mirrored',
        'src/tmp/d.txt': 'mirrored',
        'src/tmpx/e.txt': 'mirrored',
      },
    ],
    [
      'both at once: tracked wins, whichever is the larger',
      { include_dirs: ['src'], track_dirs: ['src/lib'] },
      {
        'src/lib/c.ts': 'tracked',
        'src/lib/c.txt': 'tracked',
        'src/tmp/d.txt': 'mirrored',
        'src/tmpx/e.txt': 'mirrored',
      },
    ],
    [
      'both at once: tracked wins the other way round',
      { track_dirs: ['src'], include_dirs: ['src/lib'], exclude_dirs: ['src/tmp', 'src/tmpx'] },
      { 'src/lib/c.ts': 'tracked', 'src/lib/c.txt': 'tracked' },
    ],
    ['a file pattern is for the root only', { include_files: ['*.txt'] }, { 'r.txt': 'mirrored' }],
    ['dir/pattern is for that directory only', { track_files: ['docs/*.txt'] }, { 'docs/a.txt': 'tracked' }],
    [
      'pattern:rec is for any level, the root among them',
      { include_files: ['*.md:rec', 'c.*:rec'] },
      {
        'r.md': 'mirrored',
        'docs/a.md': 'mirrored',
        'src/lib/c.ts': 'mirrored',
        'src/lib/c.txt': 'mirrored',
      },
    ],
    [
      'dir/pattern:rec is for any level below',
      { include_files: ['docs/*.txt:rec'] },
      { 'docs/a.txt': 'mirrored', 'docs/deep/b.txt': 'mirrored' },
    ],
    [
      'exclude_files filters what directories find: in the root only, in one directory, at any level',
      { include_dirs: ['.'], exclude_files: ['*.txt', 'docs/*.md', 'c.*:rec'] },
      {
        'r.md': 'mirrored',
        'docs/a.txt': 'mirrored',
        'docs/deep/b.txt': 'mirrored',
        'src/tmp/d.txt': 'mirrored',
        'src/tmpx/e.txt': 'mirrored',
        'other/f.txt': 'mirrored',
        '.h': 'mirrored',
        '.old/g.txt': 'mirrored',
      },
    ],
    [
      'exclude_files never filters a file that a file pattern named',
      { include_dirs: ['docs'], exclude_files: ['*.txt:rec', '*.md:rec'], track_files: ['docs/a.txt'] },
      { 'docs/a.txt': 'tracked' },
    ],
    [
      'a file that only a pattern of files still names is what that pattern says',
      { track_dirs: ['docs'], exclude_files: ['*.txt:rec'], include_files: ['docs/a.txt'] },
      { 'docs/a.txt': 'mirrored', 'docs/a.md': 'tracked' },
    ],
    [
      'exclude_dirs does not cut what a file pattern names',
      {
        include_dirs: ['src'],
        exclude_dirs: ['src/lib', 'src/tmp*'],
        include_files: ['c.ts:rec', 'src/tmp/*'],
      },
      { 'src/lib/c.ts': 'mirrored', 'src/tmp/d.txt': 'mirrored' },
    ],
    [
      'a file in a mirrored directory that a pattern tracks is tracked',
      { include_dirs: ['docs'], track_files: ['*.md:rec'] },
      { 'r.md': 'tracked', 'docs/a.md': 'tracked', 'docs/a.txt': 'mirrored', 'docs/deep/b.txt': 'mirrored' },
    ],
    [
      'a directory is not a file, nor a file a directory',
      { include_files: ['docs'], include_dirs: ['r.txt'] },
      {},
    ],
    [
      'slashes at the ends, and dots, change nothing',
      { include_dirs: ['./docs/deep/'], include_files: ['./docs/./a.md'] },
      { 'docs/deep/b.txt': 'mirrored', 'docs/a.md': 'mirrored' },
    ],
    [
      'a star for directories takes none of the files beside them',
      { include_dirs: ['*'], exclude_dirs: ['src', 'deep'] },
      {
        'docs/a.txt': 'mirrored',
        'docs/a.md': 'mirrored',
        'docs/deep/b.txt': 'mirrored',
        'other/f.txt': 'mirrored',
        '.old/g.txt': 'mirrored',
      },
    ],
    [
      'what is hidden is named like anything else',
      { include_files: ['.*'], track_dirs: ['.old'] },
      { '.h': 'mirrored', '.old/g.txt': 'tracked' },
    ],
    [
      'a branch is cut, not what only begins with the same letters; what is named by :rec comes back',
      { track_dirs: ['src'], exclude_dirs: ['src/tmp'], include_files: ['d.*:rec'] },
      {
        'src/lib/c.ts': 'tracked',
        'src/lib/c.txt': 'tracked',
        'src/tmp/d.txt': 'mirrored',
        'src/tmpx/e.txt': 'tracked',
      },
    ],
    ['excludes alone name nothing', { exclude_dirs: ['docs'], exclude_files: ['*.md:rec'] }, {}],
  ];

  it.each(cases)('%s', (_, lists, expected) => {
    const wanted = Object.fromEntries(tree.map((path) => [path, expected[path] ?? '-']));
    expect(fates(lists, tree)).toEqual(wanted);
  });

  it('keeps directories on the way only if something is found in them', () => {
    const lists: Lists = {
      include_dirs: ['a/b'],
      track_files: ['c/d/*.x'],
      include_files: ['c/*.y'],
      exclude_dirs: ['a/b/e'],
    };
    expect(fates(lists, ['a/', 'a/b/', 'a/b/e/', 'a/f/', 'c/', 'c/d/', 'c/g/', 'h/'])).toEqual({
      'a/': '(mirrored)',
      'a/b/': 'mirrored',
      'a/b/e/': '-',
      'a/f/': '-',
      'c/': '(tracked)',
      'c/d/': '(tracked)',
      'c/g/': '-',
      'h/': '-',
    });
  });

  it('leaves out the entry of a branch that is cut, of whatever it is cut', () => {
    const lists: Lists = { track_dirs: ['a'], include_dirs: ['b'], exclude_dirs: ['a/x', 'b/x'] };
    expect(fates(lists, ['a/', 'a/x/', 'b/x/', 'a/y/'])).toEqual({
      'a/': 'tracked',
      'a/x/': '-',
      'b/x/': '-',
      'a/y/': 'tracked',
    });
  });

  it('takes backslashes and any case on Windows', () => {
    const lists: Lists = { include_dirs: ['Docs\\Deep'], track_files: ['docs\\*.TXT'] };
    expect(fates(lists, ['docs/deep/b', 'docs/a.txt', 'docs/a.md'], true)).toEqual({
      'docs/deep/b': 'mirrored',
      'docs/a.txt': 'tracked',
      'docs/a.md': '-',
    });
  });

  it('has no escapes: a bracket that does not close is one', () => {
    expect(fates({ include_files: ['a[b', 'c[d]'] }, ['a[b', 'cd', 'c[d]'])).toEqual({
      'a[b': 'mirrored',
      cd: 'mirrored',
      'c[d]': '-',
    });
  });

  it('tells a source itself by whether anything is tracked', () => {
    expect(compile(shortRules({ include_dirs: ['a'] })).sourceFate).toBe('mirrored');
    expect(compile(shortRules({ include_dirs: ['a'], track_files: ['b'] })).sourceFate).toBe('tracked');
  });

  it.each([
    [{ include_dirs: ['../a'] }, 'include_dirs: "../a" leads out of "src"'],
    [{ track_files: ['/etc/passwd'] }, 'track_files: "/etc/passwd" is an absolute path'],
    [{ exclude_files: [':rec'] }, 'exclude_files: ":rec" names nothing'],
    [{ include_dirs: [''] }, 'include_dirs: "" names nothing'],
  ])('refuses %j', (lists, message) => {
    const attempt = () => shortRules(lists);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'usage' } satisfies Partial<BmcloudError>));
  });

  it('tracks no less when patterns are added to track_', () => {
    const pattern = fc.constantFrom(
      'docs',
      '*',
      'src/*',
      '**/lib',
      '*.txt',
      'docs/*.txt',
      '*.txt:rec',
      '*:rec',
    );
    const some = fc.array(pattern, { maxLength: 2 });
    const lists = fc.record({
      include_dirs: some,
      track_dirs: some,
      exclude_dirs: some,
      include_files: some,
      track_files: some,
      exclude_files: some,
    });
    fc.assert(
      fc.property(lists, pattern, (given_, more) => {
        const before = fates(given_, tree);
        const after = fates({ ...given_, track_files: [...given_.track_files, more] }, tree);
        for (const path of tree) if (before[path] !== after[path]) expect(after[path]).toBe('tracked');
      }),
    );
  });
});
