import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runHook } from '../../src/cli/hooks.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-hook-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const options = (timeoutMs = 30_000) => ({
  name: 'hooks.onSkipped',
  json: { job: 'documents', skipped: [{ path: '/a', size: 3n }] },
  variables: { BMCLOUD_JOB: 'documents; touch x' },
  directory,
  timeoutMs,
  environment: {
    env: {
      PATH: process.env.PATH,
      OUT: path.join(directory, 'out'),
      AWS_ACCESS_KEY_ID: 'id',
      BMCLOUD_PASSPHRASE: 'p',
    },
    platform: process.platform,
  },
});

describe.skipIf(process.platform === 'win32')('a hook', () => {
  test('reads JSON, is told what happened by its environment, and is not told secrets', async () => {
    expect(await runHook('(cat; env) > "$OUT"', options())).toBeUndefined();
    const [json, ...env] = (await readFile(path.join(directory, 'out'), 'utf8')).split('\n');
    expect(JSON.parse(json as string)).toEqual({ job: 'documents', skipped: [{ path: '/a', size: '3' }] });
    expect(env).toContain('BMCLOUD_JOB=documents; touch x');
    expect(env.filter((line) => /^(AWS_|BMCLOUD_PASS)/.test(line))).toEqual([]);
  });

  test('starts beside the configuration', async () => {
    expect(await runHook('pwd > where', options())).toBeUndefined();
    expect(await readFile(path.join(directory, 'where'), 'utf8')).toBe(`${await realpath(directory)}\n`);
  });

  test('that fails is a warning without the command', async () => {
    const warning = await runHook('echo "no such host" >&2; exit 6 # token', options());
    expect(warning).toBe(
      'The command of hooks.onSkipped did not work: it failed with exit code 6: no such host',
    );
  });

  test('that hangs is ended', async () => {
    expect(await runHook('sleep 1000; true', options(300))).toMatch(/took longer than 0\.3 s and was ended/);
  });

  test('whose data cannot be passed on is a warning', async () => {
    const odd = { ...options(), variables: { BMCLOUD_JOB: 'a\0b' } };
    expect(await runHook('true', odd)).toMatch(/could not be started/);
  });
});
