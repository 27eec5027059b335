import { describe, expect, test } from 'vitest';
import { chosenJobs } from '../../src/cli/chosen-jobs.ts';

const jobs = ['docs', 'photos'];
const chosen = (words: string[], job?: string, there: string[] = []) =>
  chosenJobs({ words, job, jobs, exists: async (path) => there.includes(path) });

describe('what a push is about', () => {
  test.each([
    [[], undefined, jobs],
    [[], 'photos', ['photos']],
    [['docs'], undefined, ['docs']],
    [['photos', 'docs', 'photos'], undefined, ['photos', 'docs']],
    [['./docs'], undefined, undefined],
    [['docs/'], undefined, undefined],
    [['.'], undefined, undefined],
    [['C:'], undefined, undefined],
    [['elsewhere'], undefined, undefined],
    [['elsewhere'], 'docs', undefined],
  ])('%j, --job %s: %j', async (words, job, expected) => {
    expect(await chosen(words, job)).toEqual(expected);
  });

  test('both a job and a path: both forms are named', async () => {
    await expect(chosen(['docs'], undefined, ['docs'])).rejects.toMatchObject({
      code: 'usage',
      hint: 'Write ./docs for the path, or --job docs for the job',
    });
  });

  test('a job that is misspelled is not looked for on the disk', async () => {
    await expect(chosen(['photo'])).rejects.toMatchObject({
      message: '"photo" is no job and no path; did you mean "photos"?',
    });
    expect(await chosen(['photo'], undefined, ['photo'])).toBeUndefined();
    expect(await chosen(['./photo'])).toBeUndefined();
  });

  test('jobs and paths are not mixed', async () => {
    await expect(chosen(['docs', '/etc'])).rejects.toMatchObject({ code: 'usage' });
  });

  test('a job that is not configured', async () => {
    await expect(chosen([], 'photo')).rejects.toMatchObject({
      message: 'There is no job "photo" in the configuration; did you mean "photos"?',
    });
  });

  test('nothing is configured', async () => {
    const none = { words: [], job: undefined, jobs: [], exists: async () => false };
    expect(await chosenJobs(none)).toBeUndefined();
  });
});
