import { expect, test } from 'vitest';
import { parseScript } from '../../src/cli/foreign-script.ts';

test('what a push would refuse is told, and the rest is carried over', () => {
  const script = {
    include_dirs: ['/abs', 'docs', '../x'],
    track_files: ['*.md:rec'],
    exclude_dirs: 'x',
    max_workers: '4',
    shadow: 'allways',
    exclude: ['*.o'],
    sources: ['a'],
    colour: 1,
    exclude_file: ['y'],
  };
  expect(parseScript(script, false)).toEqual({
    settings: { include_dirs: ['docs'], track_files: ['*.md:rec'], max_workers: 4 },
    lost: [
      'include_dirs: "/abs" is an absolute path',
      'include_dirs: "../x" leads out of "src"',
      'exclude_dirs: expected a list, such as ["…"]',
      'shadow: is none of "auto", "always", "never"; did you mean "always"?',
      'exclude: it does not go with "src"',
      'sources: it does not go with "src"',
      'colour: there is no such setting here',
      'exclude_file: there is no such setting here; did you mean "exclude_files"?',
    ],
    namesSomething: true,
  });
});

test('what names nothing would leave out everything', () => {
  expect(
    parseScript({ include_dirs: ['/a'], track_dirs: [], exclude_dirs: ['b'] }, false).namesSomething,
  ).toBe(false);
  expect(parseScript({ include_dirs: ['a\\..\\..'] }, true).namesSomething).toBe(false);
  expect(parseScript({ track_files: ['a'], max_workers: 0 }, false)).toMatchObject({
    lost: ['max_workers: is less than 1'],
    namesSomething: true,
  });
});
