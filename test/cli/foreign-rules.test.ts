import { describe, expect, test } from 'vitest';
import { parseForeign } from '../../src/cli/foreign-rules.ts';

const excluded = (form: 'restic' | 'kopia' | 'rsync-filter', ...lines: string[]) =>
  parseForeign(form, lines.join('\n'), '/home/ann').settings.exclude;

test('restic: names anywhere, paths at any depth, from the root, and from home', () => {
  expect(
    excluded('restic', '# a comment', '', '*.o', 'build/out', '/var/tmp', '$HOME/x', '!keep.o', 'a$$b'),
  ).toEqual(['*.o', '**/build/out', '/var/tmp', '/home/ann/x', '!keep.o', 'a$b']);
  expect(parseForeign('restic', 'a\n$CACHE/x', '/').lost).toEqual(['2: $CACHE/x: it has a variable']);
});

describe('kopia', () => {
  test('an ignore file is of our own language', () => {
    expect(excluded('kopia', '*.o', '/build/', '!x')).toEqual(['*.o', '/build/', '!x']);
  });
  test('a policy has more than patterns', () => {
    const files = { ignore: ['*.o'], maxFileSize: 1000, ignoreCacheDirs: true, noParentIgnore: true };
    expect(parseForeign('kopia', JSON.stringify({ files }), '/')).toEqual({
      settings: { exclude: ['*.o'], excludeLargerThan: 1000, excludeCaches: true },
      lost: ['files.noParentIgnore: there is no such setting here'],
    });
  });
});

test('rsync: the first match decides there, the last one here', () => {
  expect(excluded('rsync-filter', '+ /docs/***', '- *.o', 'exclude a/b', '- *')).toEqual([
    '*',
    '**/a/b',
    '*.o',
    '!/docs/',
  ]);
  expect(parseForeign('rsync-filter', 'P x\n-p y\n. file', '/').lost).toEqual([
    '1: P x: it is no plain exclusion or inclusion',
    '2: -p y: it has the modifier "p"',
    '3: . file: it is no plain exclusion or inclusion',
  ]);
});
