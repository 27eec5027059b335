import { describe, expect, test } from 'vitest';
import { parseForeign } from '../../src/cli/foreign-rules.ts';

const places = { home: '/home/ann', sources: ['/home/ann', '/srv'], windows: false };

const excluded = (form: 'restic' | 'kopia' | 'rsync-filter', ...lines: string[]) =>
  parseForeign(form, lines.join('\n'), places).settings.exclude;

test('restic: names anywhere, paths at any depth, from the root, and from home', () => {
  expect(
    excluded('restic', '# a comment', '', '*.o', 'build/out', '/srv/tmp', '$HOME/x', '!keep.o', 'a$$b'),
  ).toEqual(['*.o', '**/build/out', '/srv/tmp', '/home/ann/x', '!keep.o', '!**/keep.o/**', 'a$b']);
  expect(parseForeign('restic', 'a\n$CACHE/x', places).lost).toEqual(['2: $CACHE/x: it has a variable']);
});

test('restic: an absolute path that lies in no source is told, not taken relative to each', () => {
  const list = [
    '/tmp',
    '!/var/x',
    '/home/ann',
    '/**/cache',
    '/home/*/.cache',
    '/home/bob/x',
    '/h*/bob/x',
    '/',
    '..',
  ];
  const { settings, lost } = parseForeign('restic', list.join('\n'), places);
  expect(settings.exclude).toEqual(['cache', '/home/*/.cache']);
  expect(lost.map((line) => line.split(': ')[1])).toEqual(
    list.filter((one) => !['/**/cache', '/home/*/.cache'].includes(one)),
  );
  const root = { home: '/', sources: ['/'], windows: false };
  expect(parseForeign('restic', '/tmp', root).settings.exclude).toEqual(['/tmp']);
});

test('restic: a slash at the end does not tell directories from files, and the end of a path means the same', () => {
  expect(excluded('restic', 'foo/', './a//b/', 'x/../y', '/srv/foo/**', 'bar/**')).toEqual([
    'foo',
    '**/a/b',
    'y',
    '/srv/foo',
    'bar',
  ]);
});

test('restic: what is kept is kept with all that lies in it', () => {
  expect(excluded('restic', '!a/b', '!/srv/c', '!d/**')).toEqual([
    '!**/a/b',
    '!**/a/b/**',
    '!/srv/c',
    '!/srv/c/**',
    '!d',
    '!**/d/**',
  ]);
});

test('restic: a pattern may begin above a source', () => {
  expect(excluded('restic', 'ann/.cache', '/h*/ann/x', 'home/**/tmp', '/srv/**')).toEqual([
    '**/ann/.cache',
    '/home/ann/.cache',
    '/home/ann/x',
    '**/home/**/tmp',
    '/home/ann/**/tmp',
    '/srv/**',
  ]);
  const odd = { ...places, sources: ['/home/[a]'] };
  expect(parseForeign('restic', '?home/x\n*/y', odd).settings.exclude).toEqual([
    '**/?home/x',
    '**/*/y',
    '/home/\\[a]/y',
  ]);
});

test('restic: three stars are one, and several times two are told', () => {
  expect(excluded('restic', 'a/***/b', '!x**', 'a/**/b/**/c')).toEqual([
    '**/a/*/b',
    '!x**',
    '!**/x**/**',
    '**/a/**/b/**/c',
  ]);
  expect(parseForeign('restic', '/srv/**/a/**/b', places).lost).toEqual([
    '1: /srv/**/a/**/b: it has several "**", which are names to restic',
  ]);
});

test('restic: "!" turns no class round, and names are none', () => {
  expect(excluded('restic', '[!a]x', '[^a]y', '[[:x]z', '[a-c\\]]')).toEqual([
    '[\\!a]x',
    '[!a]y',
    '[\\[:x]z',
    '[a-c\\]]',
  ]);
});

test('restic: a list from Windows has "\\" between names; elsewhere it is told', () => {
  const windows = { home: 'C:\\Users\\ann', sources: ['C:\\Users\\ann'], windows: true };
  const list = ['foo\\bar', 'C:\\Users\\ann\\tmp\\', '$USERPROFILE\\x', 'users\\Ann\\y', '\\z', 'D:\\x'].join(
    '\n',
  );
  expect(parseForeign('restic', list, windows)).toEqual({
    settings: {
      exclude: ['**/foo/bar', 'C:/Users/ann/tmp', 'C:/Users/ann/x', '**/users/Ann/y', 'C:/Users/ann/y'],
    },
    lost: ['5: \\z: it lies in no source of the job', '6: D:\\x: it lies in no source of the job'],
  });
  expect(parseForeign('restic', 'foo\\bar\na\\*b', places)).toEqual({
    settings: { exclude: ['a\\*b'] },
    lost: ['1: foo\\bar: does the "\\" part names, as on Windows? Write "/"'],
  });
});

test('restic: "~" is a name, a lone "$" is itself', () => {
  const { settings, lost } = parseForeign(
    'restic',
    ['~/x', '~$*', 'a$', '~x', `$\{HOME}/y`].join('\n'),
    places,
  );
  expect(settings.exclude).toEqual(['a$', '~x', '/home/ann/y']);
  expect(lost).toEqual(['1: ~/x: restic takes "~" for a name: write the path', '2: ~$*: it has a variable']);
});

test.each(['restic', 'kopia', 'rsync-filter'] as const)('%s: what can match nothing is told', (form) => {
  const [sign, line] = form === 'rsync-filter' ? ['- ', ''] : ['', '1: '];
  expect(parseForeign(form, `${sign}[abc\n${sign}*.o`, places)).toEqual({
    settings: { exclude: ['*.o'] },
    lost: [`${line}[abc: it can match nothing`],
  });
});

describe('kopia', () => {
  test('an ignore file is of our own language', () => {
    expect(excluded('kopia', '*.o', '/build/', '!x')).toEqual(['*.o', '/build/', '!x']);
  });
  test('a policy has more than patterns', () => {
    const files = { ignore: ['*.o'], maxFileSize: 1000, ignoreCacheDirs: true, noParentIgnore: true };
    expect(parseForeign('kopia', JSON.stringify({ files }), places)).toEqual({
      settings: { exclude: ['*.o'], excludeLargerThan: 1000, excludeCaches: true },
      lost: ['files.noParentIgnore: there is no such setting here'],
    });
  });
});

test('kopia: what it reads otherwise', () => {
  const text = [
    '  x ',
    'y\\ ',
    ' #z',
    '[^a]',
    '[!a]',
    '[[:digit:]]',
    '**ab/c',
    '/srv/tmp',
    '[]a]',
    '#no',
  ].join('\n');
  expect(parseForeign('kopia', text, places)).toEqual({
    settings: { exclude: ['x', 'y\\ ', '#z', '[\\^a]', '[!a]', '[[:digit:]]', '**/*ab/c'] },
    lost: [
      '8: /srv/tmp: kopia takes it from each source on, and here it would be a path from the root of the disk',
      '9: []a]: it can match nothing',
    ],
  });
});

test('kopia: the nearer policy decides, and may stand alone', () => {
  const near = { files: { ignoreCacheDirs: false } };
  const general = { files: { ignore: ['g'], ignoreCacheDirs: true, maxFileSize: 5 } };
  const of = (one: object) =>
    parseForeign('kopia', JSON.stringify({ '(global)': general, 'u@h:/p': one }), {
      ...places,
      sources: ['/p'],
    });
  expect(of(near)).toEqual({
    settings: { exclude: ['g'], excludeCaches: false, excludeLargerThan: 5 },
    lost: [],
  });
  expect(of({ ...near, noParent: true })).toEqual({
    settings: { exclude: [], excludeCaches: false },
    lost: [],
  });
});

test('kopia: of a policy, what is no exclusion is told', () => {
  const policy = {
    files: { ignore: ['*.o', 7], oneFileSystem: 'x' },
    retention: { keepLatest: 3 },
    actions: {},
  };
  expect(parseForeign('kopia', JSON.stringify(policy), places)).toEqual({
    settings: { exclude: ['*.o'] },
    lost: [
      'files.ignore: 7: it is no pattern',
      'files.oneFileSystem: there is no such setting here',
      'retention: there is no such setting here',
    ],
  });
});

test('kopia: an export has policies by their targets', () => {
  const policy = (...ignore: string[]) => ({ files: { ignore } });
  const text = JSON.stringify({ 'u@h:/p': policy('!a'), '(global)': policy('a'), 'u@h:/q': policy('b') });
  expect(parseForeign('kopia', text, { home: '/', sources: ['/p'], windows: false })).toEqual({
    settings: { exclude: ['!a'] },
    lost: ['u@h:/q: it is not of all sources of the job'],
  });
  expect(
    parseForeign('kopia', text, { home: '/', sources: ['/p', '/q'], windows: false }).settings.exclude,
  ).toEqual(['a']);
});

test('rsync: the first match decides there, the last one here', () => {
  expect(excluded('rsync-filter', '+ /docs/***', '- *.o', 'exclude a/b', '- *')).toEqual([
    '*',
    '**/a/b',
    '*.o',
    '!/docs/**',
    '!/docs/',
  ]);
  expect(parseForeign('rsync-filter', 'P x\n-x y\n. file', places).lost).toEqual([
    '1: P x: it is no plain exclusion or inclusion',
    '2: -x y: it has the modifier "x"',
    '3: . file: it is no plain exclusion or inclusion',
  ]);
});

test('rsync: what is included with "***" is included with all below, and so excluded', () => {
  expect(excluded('rsync-filter', '+ a/***', '- b/***', '- *')).toEqual([
    '*',
    '**/b/**',
    'b/',
    '!**/a/**',
    '!a/',
  ]);
});

test('rsync: a list that is cleared begins anew; comments, sides and blanks', () => {
  const list = ['- a', '!', '; no', '# no', 'H b', 'S_c', '-s d', 'exclude,p e ', 'P f', '-r g'];
  expect(parseForeign('rsync-filter', list.join('\n'), places)).toEqual({
    settings: { exclude: ['e ', 'd', '!c', 'b'] },
    lost: ['9: P f: it is no plain exclusion or inclusion', '10: -r g: it has the modifier "r"'],
  });
});

test('rsync: two stars stand for a directory at least, and a backslash for itself where nothing has a meaning', () => {
  expect(
    excluded('rsync-filter', '- a/**/b', '- /**/c', '- **/d', '- e/**', '- x\\y', '- x\\*').reverse(),
  ).toEqual(['**/a/*/**/b', '/*/**/c', '**/d', '**/e/**', 'x\\\\y', 'x\\*']);
  expect(parseForeign('rsync-filter', '- a**b\n- a**/b\n- **c', places)).toEqual({
    settings: { exclude: ['**c'] },
    lost: ['1: - a**b: it has a "**" in a name', '2: - a**/b: it has a "**" in a name'],
  });
});
