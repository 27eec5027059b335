import { describe, expect, test } from 'vitest';
import { parseForeign } from '../../src/cli/foreign-rules.ts';

const places = { home: '/home/ann', sources: ['/home/ann', '/srv'] };

const excluded = (form: 'restic' | 'kopia' | 'rsync-filter', ...lines: string[]) =>
  parseForeign(form, lines.join('\n'), places).settings.exclude;

test('restic: names anywhere, paths at any depth, from the root, and from home', () => {
  expect(
    excluded('restic', '# a comment', '', '*.o', 'build/out', '/srv/tmp', '$HOME/x', '!keep.o', 'a$$b'),
  ).toEqual(['*.o', '**/build/out', '/srv/tmp', '/home/ann/x', '!keep.o', 'a$b']);
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
    '/*/ann/x',
    '/',
  ];
  const { settings, lost } = parseForeign('restic', list.join('\n'), places);
  expect(settings.exclude).toEqual(['/**/cache', '/home/*/.cache']);
  expect(lost.map((line) => line.split(': ')[1])).toEqual(
    list.filter((one) => !settings.exclude.includes(one)),
  );
  expect(parseForeign('restic', '/tmp', { home: '/', sources: ['/'] }).settings.exclude).toEqual(['/tmp']);
});

test.each(['restic', 'kopia', 'rsync-filter'] as const)('%s: what can match nothing is told', (form) => {
  const sign = form === 'rsync-filter' ? '- ' : '';
  expect(parseForeign(form, `${sign}[abc\n${sign}*.o`, places)).toEqual({
    settings: { exclude: ['*.o'] },
    lost: ['[abc: it can match nothing'],
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
  expect(parseForeign('kopia', text, { home: '/', sources: ['/p'] })).toEqual({
    settings: { exclude: ['a', '!a'] },
    lost: ['u@h:/q: it is not of all sources of the job'],
  });
  expect(parseForeign('kopia', text, { home: '/', sources: ['/p', '/q'] }).settings.exclude).toEqual(['a']);
});

test('rsync: the first match decides there, the last one here', () => {
  expect(excluded('rsync-filter', '+ /docs/***', '- *.o', 'exclude a/b', '- *')).toEqual([
    '*',
    '**/a/b',
    '*.o',
    '!/docs/',
  ]);
  expect(parseForeign('rsync-filter', 'P x\n-p y\n. file', places).lost).toEqual([
    '1: P x: it is no plain exclusion or inclusion',
    '2: -p y: it has the modifier "p"',
    '3: . file: it is no plain exclusion or inclusion',
  ]);
});
