import { describe, expect, test } from 'vitest';
import { divideArguments, wantsShadow } from '../../src/cli/schedule-arguments.ts';

const own = {
  every: { type: 'option' as const },
  system: { type: 'boolean' as const },
  verbose: { type: 'boolean' as const, char: 'v' },
};
const push = {
  repo: { type: 'option' as const },
  tag: { type: 'option' as const },
  'dry-run': { type: 'boolean' as const, char: 'n' },
  'one-file-system': { type: 'boolean' as const, char: 'x' },
};
const divide = (line: string) => divideArguments(line.split(' '), own, push);

describe('which words are whose', () => {
  test.each([
    ['docs --every 15m dir', 'docs --every 15m', 'dir'],
    ['--every 15m docs dir other', '--every 15m docs', 'dir other'],
    ['--every=15m docs --tag a --tag b dir', '--every=15m docs', '--tag a --tag b dir'],
    // The value of a flag of the push is no name, even in front.
    ['--repo s3://b docs -x dir -v', 'docs -v', '--repo s3://b -x dir'],
    ['--repo=s3://b docs dir', 'docs', '--repo=s3://b dir'],
    ['docs --system -- dir --every 15m -v', 'docs --system', 'dir --every 15m -v'],
    ['docs -- dir -- --odd', 'docs', 'dir -- --odd'],
    ['docs --evry 15m', 'docs', '--evry 15m'],
    ['docs --tag --every dir', 'docs', '--tag --every dir'],
  ])('%s', (line, ours, theirs) => {
    expect(divide(line)).toEqual({ own: ours.split(' '), push: theirs.split(' ') });
  });

  test('nothing is lost and nothing is made', () => {
    expect(divide('--every')).toEqual({ own: ['--every'], push: [] });
    expect(divideArguments([], own, push)).toEqual({ own: [], push: [] });
  });
});

test('a snapshot is wanted where any of the jobs that are pushed may need one', () => {
  const values = {
    profiles: { still: { shadow: 'never' as const } },
    jobs: { a: { sources: ['x'], profile: ['still'] }, b: { sources: ['y'] } },
  };
  expect(wantsShadow(undefined, values, ['a'])).toBe(false);
  expect(wantsShadow(undefined, values, ['a', 'b'])).toBe(true);
  expect(wantsShadow('auto', values, ['a'])).toBe(true);
  expect(wantsShadow('never', values, ['b'])).toBe(false);
  expect(wantsShadow(undefined, { ...values, shadow: 'never' }, [])).toBe(false);
  expect(wantsShadow(undefined, values, [])).toBe(true);
});
