import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runSchedule } from '../../src/schedule/run.ts';
import type { RunRecord, Schedule } from '../../src/schedule/schedule.ts';
import { lacks } from '../fixtures/platform.ts';
import { aSchedule } from './machine.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-run-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Runs a schedule whose program is `script`, and tells what became of it. */
async function run(
  script: string,
  facts: Partial<Schedule> = {},
  options: Partial<Parameters<typeof runSchedule>[1]> = {},
) {
  const program = path.join(directory, 'program.mjs');
  await writeFile(program, script);
  const written: RunRecord[] = [];
  const warnings: string[] = [];
  const log = path.join(directory, 'logs', 'docs.log');
  let seconds = 0;
  const result = await runSchedule(aSchedule({ directory, ...facts }), {
    records: { writeRun: async (_, record) => void written.push(record) },
    log,
    program: [process.execPath, program],
    env: { PATH: process.env.PATH, FROM_SHELL: 'yes' },
    scheduled: true,
    now: () => {
      seconds++;
      return new Date(Date.UTC(2026, 10, 21, 2, 30, seconds));
    },
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return { result, written, warnings, log: await readFile(log, 'utf8').catch(() => '') };
}

test('the push runs in its directory with its arguments and variables, and is recorded', async () => {
  const script = `console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(),
    shell: process.env.FROM_SHELL, profile: process.env.AWS_PROFILE })); console.error('to stderr'); process.exitCode = 3`;
  const { result, written, log } = await run(script, { environment: { AWS_PROFILE: 'backup' } });
  expect(result).toMatchObject({
    exitCode: 3,
    started: '2026-11-21T02:30:01.000Z',
    ended: '2026-11-21T02:30:02.000Z',
    scheduled: true,
  });
  expect(written.map(({ exitCode }) => exitCode)).toEqual([undefined, 3]);
  const lines = log.trim().split('\n');
  expect(lines[0]).toBe('--- 2026-11-21T02:30:01.000Z bmcloud push --no-wait Documents --tag nightly');
  expect(lines.at(-1)).toBe('--- 2026-11-21T02:30:02.000Z exit code 3');
  expect(lines).toContain('to stderr');
  expect(JSON.parse(lines.find((text) => text.startsWith('{'))!)).toMatchObject({
    args: ['push', '--no-wait', 'Documents', '--tag', 'nightly'],
    shell: 'yes',
    profile: 'backup',
  });
});

test('a watch is a watch, with its arguments as they are', async () => {
  const { log } = await run('console.log(process.argv.slice(2).join(" "))', { trigger: { watch: true } });
  expect(log.split('\n')[1]).toBe('watch Documents --tag nightly');
});

test('by hand it waits for a busy job, and what is printed is shown too', async () => {
  const shown: string[] = [];
  const { log } = await run(
    'console.log(process.argv.slice(2).join(" "))',
    {},
    {
      scheduled: false,
      onOutput: (bytes, stream) => shown.push(`${stream}: ${Buffer.from(bytes).toString()}`),
    },
  );
  expect(shown).toEqual(['stdout: push Documents --tag nightly\n']);
  expect(log).toContain('\npush Documents --tag nightly\n');
});

test('what cannot be started is recorded as failed, with the reason in the log', async () => {
  const { result, log } = await run('', { directory: path.join(directory, 'gone') });
  expect(result.exitCode).toBe(1);
  expect(log).toMatch(/Cannot start .* in .*gone: /);
});

test.skipIf(process.platform === 'win32')(
  'a signal is passed on once, and the push ends in its own way',
  async () => {
    const stop = new AbortController();
    const script = `let got = 0; process.on('SIGTERM', () => { got++; setTimeout(() => { console.log('got', got); process.exit(130) }, 200) });
    setInterval(() => {}, 1000); console.log('ready')`;
    const { result, log } = await run(
      script,
      {},
      { signal: stop.signal, onOutput: (bytes) => Buffer.from(bytes).includes('ready') && stop.abort() },
    );
    expect(result.exitCode).toBe(130);
    expect(log).toContain('got 1\n');
  },
);

describe.skipIf(lacks('signals'))('a watch is told to read its configuration again', () => {
  const script = `process.on('SIGHUP', () => { console.log('again'); process.exit(0); }); console.log('ready');
    setTimeout(() => console.log('never told'), 1000);`;
  const runs = async (trigger: Schedule['trigger']) => {
    let reload: (() => void) | undefined;
    const ended = vi.fn();
    const { log } = await run(
      script,
      { trigger },
      {
        onReload: (ask) => {
          reload = ask;
          return ended;
        },
        onOutput: (bytes) => void (Buffer.from(bytes).includes('ready') && reload?.()),
      },
    );
    return { log, ended };
  };

  test('and a push is not', async () => {
    const watched = await runs({ watch: true });
    expect(watched.log).toContain('\nagain\n');
    expect(watched.ended).toHaveBeenCalledTimes(1);
    const pushed = await runs({ daily: '02:30' });
    expect(pushed.log).toContain('\nnever told\n');
  });
});

test.skipIf(process.platform !== 'linux')(
  'Ctrl-C in a terminal does not reach the push beside the signal it is sent',
  async () => {
    const group = `require('node:fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[2]`;
    const { log } =
      await run(`import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
    console.log(process.pid === Number(${group}) ? 'a group of its own' : 'ours')`);
    expect(log).toContain('\na group of its own\n');
  },
);

test.skipIf(process.platform === 'win32')('a push that was killed has the exit code of shells', async () => {
  expect((await run('process.kill(process.pid, "SIGKILL")')).result.exitCode).toBe(137);
});

test('a log that cannot be written does not stop the push', async () => {
  await writeFile(path.join(directory, 'full'), '');
  const { result, warnings } = await run('console.log("x".repeat(10))', {}, { log: '/dev/full' });
  expect(result.exitCode).toBe(0);
  expect(warnings.length).toBeGreaterThan(0);
  expect(warnings[0]).toMatch(/Cannot write \/dev\/full: ENOSPC/);
});
