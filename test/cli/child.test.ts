import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { runChild, systemProgram, withoutSecrets } from '../../src/cli/child.ts';

const { platform } = process;
const run = (code: string, options: Partial<Parameters<typeof runChild>[1]> = {}) =>
  runChild(
    { program: process.execPath, args: ['-e', code] },
    { env: { PATH: process.env.PATH }, platform, timeoutMs: 30_000, ...options },
  );

test('a program that ends well is nothing to tell of', async () => {
  expect(await run('')).toBeUndefined();
  const asked =
    "let text = ''; process.stdin.on('data', (d) => (text += d)).on('end', () => process.exit(text === 'in' ? 0 : 9))";
  expect(await run(asked, { input: 'in' })).toBeUndefined();
});

test('a failure is told with its last words', async () => {
  expect(await run("console.error('one\\n\\u001b[31mtwo'); process.exitCode = 4")).toBe(
    'it failed with exit code 4: [31mtwo',
  );
  expect(await run('process.exit(5)')).toBe('it failed with exit code 5');
});

test('input that nobody reads is no failure', async () => {
  expect(await run('process.exit(0)', { input: 'x'.repeat(10_000_000) })).toBeUndefined();
});

test('what cannot be started is told', async () => {
  const options = { env: {}, platform, timeoutMs: 1000 };
  expect(await runChild({ program: '/nowhere/program', args: [] }, options)).toMatch(/could not be started/);
  expect(await runChild({ program: 'nul\0', args: [] }, options)).toMatch(/could not be started/);
});

test.skipIf(platform === 'win32')('time-out: the program is ended, and so is what it started', async () => {
  const sleeper = "require('child_process').spawn('sleep', ['1000'], { stdio: 'ignore' })";
  const report = `require('fs').writeFileSync(process.env.PID_FILE, String(${sleeper}.pid))`;
  const directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-child-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'pid');
  const begin = performance.now();
  const problem = await run(`${report}; setInterval(() => {}, 1e6)`, {
    env: { PATH: process.env.PATH, PID_FILE: file },
    timeoutMs: 1500,
  });
  expect(problem).toBe('it took longer than 1.5 s and was ended');
  expect(performance.now() - begin).toBeLessThan(10_000);
  const pid = Number(await readFile(file, 'utf8'));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

async function isRunning(pid: number): Promise<boolean> {
  try {
    // A process that ended stays in the list until its parent looks.
    return !(await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z ');
  } catch {
    return false;
  }
}

test('an interruption ends it', async () => {
  const interruption = new AbortController();
  const running = run('setInterval(() => {}, 1e6)', { signal: interruption.signal });
  await sleep(50);
  interruption.abort();
  expect(await running).toBe('it was interrupted');
});

test.skipIf(platform === 'win32')('what it leaves running in the background is not waited for', async () => {
  const begin = performance.now();
  const problem = await runChild(
    { program: 'sleep 3 & echo oh >&2; exit 2', args: [], shell: true },
    { env: { PATH: process.env.PATH }, platform, timeoutMs: 30_000 },
  );
  expect(problem).toBe('it failed with exit code 2: oh');
  expect(performance.now() - begin).toBeLessThan(2500);
});

test('secrets stay here', () => {
  const env = {
    PATH: '/bin',
    AWS_SECRET_ACCESS_KEY: 's',
    aws_session_token: 's',
    BMCLOUD_PASSPHRASE: 's',
    BMCLOUD_PASSPHRASE_COMMAND: 's',
    BMCLOUD_JOB: 'documents',
  };
  expect(withoutSecrets(env)).toEqual({ PATH: '/bin', BMCLOUD_JOB: 'documents' });
});

test('programs of Windows are named by their whole path', () => {
  expect(systemProgram({ SystemRoot: 'D:\\Win' }, 'taskkill.exe')).toBe('D:\\Win\\System32\\taskkill.exe');
  expect(systemProgram({}, 'taskkill.exe')).toBe('C:\\Windows\\System32\\taskkill.exe');
});
