import { beforeEach, expect, test } from 'vitest';
import { exitOfJobs, outcomeJson } from '../../src/cli/push-jobs.ts';
import { WatchRecord } from '../../src/cli/watch-record.ts';
import { BmcloudError } from '../../src/errors.ts';
import { newHealth, type WatchEvent, type WatchHealth } from '../../src/index.ts';

const now = new Date();
const checking: WatchEvent = { type: 'checking', job: 'docs', reason: 'start' };
const unchanged: WatchEvent = { type: 'unchanged', job: 'docs', left: 0 };

let broken: string | undefined;
let warnings: string[];
let written: WatchHealth[];
let record: WatchRecord;

function works(): void {
  if (broken !== undefined) throw new Error(broken);
}

beforeEach(() => {
  broken = undefined;
  [warnings, written] = [[], []];
  const write = async (health: WatchHealth) => {
    works();
    written.push(health);
  };
  record = new WatchRecord({
    file: { write, follow: async () => works(), close: async () => works() },
    health: newHealth(['docs'], 1000, now),
    asFailure: (error) => error as BmcloudError,
    warn: (message) => warnings.push(message),
  });
});

test('a status file that cannot be written ends nothing, and is said once', async () => {
  broken = 'ENOSPC: no space left on device';
  for (const event of [checking, unchanged, checking]) await record.note(event, now);
  expect(warnings).toEqual([expect.stringContaining('ENOSPC')]);
  expect(record.outcomes).toEqual([{ job: 'docs' }]);
  broken = undefined;
  await record.note(unchanged, now);
  expect(written).toEqual([record.health]);
  broken = 'EROFS: read-only file system';
  await record.note(checking, now);
  expect(warnings).toEqual([expect.stringContaining('ENOSPC'), expect.stringContaining('EROFS')]);
});

test('a lock that cannot be released gets words', async () => {
  broken = 'EACCES: permission denied';
  await record.close();
  expect(warnings).toEqual([expect.stringMatching(/lock .* could not be released: EACCES/)]);
});

test('a job that somebody else pushes was not checked', async () => {
  await record.note(checking, now);
  await record.note({ type: 'busy', job: 'docs', wait: 1000 }, now);
  expect(exitOfJobs(record.outcomes)).toBe(11);
  expect(record.outcomes.map(outcomeJson)).toMatchObject([{ job: 'docs', error: { code: 'busy' } }]);
});

test('what no job can ever begin with ends it', async () => {
  await record.note(checking, now);
  const error = new BmcloudError('no-key', 'There is no key');
  await expect(record.note({ type: 'failed', job: 'docs', error, failures: 1, wait: 1 }, now)).rejects.toBe(
    error,
  );
});
