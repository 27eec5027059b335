import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asFailure, failureJson, failureText, ownDirectoryFailure, usage } from '../../src/cli/failure.ts';
import { BmcloudError } from '../../src/errors.ts';

const vocabulary = { command: 'push', flags: ['dry-run', 'passphrase-file', 'tag'] };

/** As oclif's parser throws them. */
class NonExistentFlagsError extends Error {
  oclif = { exit: 2 };
  flags: string[];
  constructor(...flags: string[]) {
    super(`Nonexistent flag: ${flags.join(', ')}`);
    this.flags = flags;
  }
}

function parserError(message: string): Error {
  return Object.assign(new Error(message), { oclif: { exit: 2 } });
}

test('our own errors pass as they are', () => {
  const error = new BmcloudError('damaged', 'Pack 12 is damaged', { hint: 'Run verify' });
  expect(asFailure(error, vocabulary)).toBe(error);
});

describe('unknown flags', () => {
  test('name the nearest', () => {
    const failure = asFailure(new NonExistentFlagsError('--dryrun'), vocabulary);
    expect(failure).toMatchObject({
      code: 'usage',
      message: 'Unknown flag --dryrun; did you mean --dry-run?',
      hint: 'See "bmcloud push --help"',
    });
  });

  test('never repeat a value: it may be a secret', () => {
    const failure = asFailure(new NonExistentFlagsError('--password=hunter2'), vocabulary);
    expect(JSON.stringify(failureJson(failure))).not.toContain('hunter2');
    expect(failure.hint).toMatch(/never go on the command line/);
  });
});

test("the parser's several lines become one", () => {
  const exclusive = parserError(
    'The following error occurred:\n  \u001b[2m--in-place=true cannot also be provided when using --to\u001b[22m\nSee more help with --help',
  );
  expect(asFailure(exclusive, vocabulary).message).toBe('--to and --in-place cannot be used together');
  const flag = parserError(
    'Parsing --workers \n\tExpected an integer but received: x\nSee more help with --help',
  );
  expect(asFailure(flag, vocabulary).message).toBe('--workers: Expected an integer but received: x');
});

test('a full disk is not a bug, anything unknown is', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(asFailure(full, vocabulary).code).toBe('disk-full');
  const bug = asFailure(new TypeError('x is not a function\n    at somewhere'), vocabulary);
  expect(bug.code).toBe('internal');
  expect(bug.hint).toMatch(/BMCLOUD_DEBUG=1/);
});

test('an error is one line and one for its hint', () => {
  const text = failureText(usage('Too\n many', 'Try less'), (words) => `<${words}>`);
  expect(text).toBe('<Error:> Too; many\n  Try less\n');
});

describe('directories of the user', () => {
  const directories = {
    cache: resolve('/c/cache'),
    state: resolve('/s'),
    config: resolve('/f'),
    data: resolve('/d'),
  };
  const refusal = (path: string, code = 'ENOTDIR') =>
    Object.assign(new Error(`${code}: refused, mkdir '${path}'`), { code, path, syscall: 'mkdir' });

  test.each([
    ['in one', resolve('/c/cache/jobs/a')],
    ['one itself', resolve('/c/cache')],
    ['above one', resolve('/c')],
  ])('what the system refuses %s is no bug', (_, path) => {
    const failure = ownDirectoryFailure(refusal(path), directories);
    expect(failure).toMatchObject({ code: 'config', message: expect.stringContaining('cache directory') });
    expect(failure?.hint).toContain('BMCLOUD_CACHE_DIR');
  });

  test('elsewhere, where a disk is full, and without a path it is something else', () => {
    expect(ownDirectoryFailure(refusal(resolve('/c/cache2')), directories)).toBeUndefined();
    expect(ownDirectoryFailure(refusal(resolve('/s/a'), 'ENOSPC'), directories)).toBeUndefined();
    expect(ownDirectoryFailure(new Error('x'), directories)).toBeUndefined();
    const above = Object.assign(refusal(resolve('/c')), { syscall: 'open' });
    expect(ownDirectoryFailure(above, directories)).toBeUndefined();
    expect(ownDirectoryFailure(new BmcloudError('damaged', 'x'), directories)).toBeUndefined();
  });
});
