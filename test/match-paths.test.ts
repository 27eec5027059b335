import { expect, test } from 'vitest';
import { matchPaths } from '../src/match-paths.ts';

const bytes = (text: string) => Buffer.from(text);
const ground = (...paths: string[]) => ({
  platform: 'posix' as const,
  sources: paths.map((path) => ({ name: path.split('/').at(-1)!, path: bytes(path), kind: 'tree' as const })),
});
const one = ground('/home/u/docs');
const two = ground('/home/u/docs', '/home/u/pictures');

test.each([
  [one, 'docs/a', 'docs/a'],
  [one, 'docs/a', 'docs/a/below'],
  [one, 'a', 'docs/a'],
  [one, './a/', 'docs/a/b'],
  [one, '/home/u/docs/a', 'docs/a'],
  [one, '/home/u/docs', 'docs'],
  [two, '/home', 'pictures/x'],
  [two, 'pictures', 'pictures/x'],
  [one, '**/*.txt', 'docs/deep/er/a.txt'],
  [one, '*.txt', 'docs/.hidden.txt'],
  [two, 'docs/{a,b}*', 'docs/bc/below'],
  [two, '/home/u/*/x', 'pictures/x'],
  [one, 'a[1].txt', 'docs/a[1].txt'],
  [one, 'a[1].txt', 'docs/a1.txt'],
])('%# %s means %s', (where, argument, path) => {
  const matcher = matchPaths([argument], where);
  expect(matcher.unmatched()).toEqual([argument]);
  expect(matcher.matches(bytes(path))).toBe(true);
  expect(matcher.unmatched()).toEqual([]);
});

test.each([
  [one, 'docs/a', 'docs/ab'],
  [two, 'a', 'docs/a'],
  [one, '/home/u/docs2', 'docs/a'],
  [one, '*.txt', 'docs/deep/a.txt'],
  [one, 'a[!1].txt', 'docs/a1.txt'],
])('%# %s does not mean %s', (where, argument, path) => {
  expect(matchPaths([argument], where).matches(bytes(path))).toBe(false);
});

test('bytes that are no text are written as ls shows them', () => {
  const path = Buffer.concat([bytes('docs/'), Uint8Array.of(0xff)]);
  expect(matchPaths(['docs/\\xff'], one).matches(path)).toBe(true);
});

test('nothing given means everything, and ".." is refused', () => {
  expect(matchPaths([], one).matches(bytes('docs/x'))).toBe(true);
  expect(() => matchPaths(['../x'], one)).toThrow(expect.objectContaining({ code: 'usage' }));
});
