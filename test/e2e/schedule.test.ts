import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CliHome, type CliRun, cliHome } from '../fixtures/cli.ts';
import { Daemon } from '../soak/daemon.ts';

/*
 * Schedules as a user meets them, with a systemctl and a crontab that write down what they are told. What they would start is started
 * here, with as little around it as they would give it.
 */

const posix = process.platform !== 'win32';

let home: CliHome;
beforeEach(async () => {
  home = await cliHome();
  await mkdir(path.join(home.directory, 'Documents'));
  await writeFile(path.join(home.directory, 'Documents', 'letter.txt'), 'Dear Sir');
});
afterEach(() => home.remove());

/** Puts a program in front of all others. */
async function fake(name: string, script: string): Promise<void> {
  const file = path.join(home.directory, 'fakes', name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\ncd "${home.directory}"\n${script}\n`);
  await chmod(file, 0o755);
}

/** Where the fakes are found first; whoever runs the tests is no root here, whose timers are the system's. */
function bmcloud(...args: string[]): Promise<CliRun> {
  return home.run(args, {
    env: {
      PATH: `${path.join(home.directory, 'fakes')}${path.delimiter}${process.env.PATH}`,
      XDG_CONFIG_HOME: path.join(home.directory, '.config'),
      NODE_OPTIONS: '--import=data:text/javascript,process.getuid=()=>1000',
    },
  });
}

const told = async () => (await readFile(path.join(home.directory, 'told'), 'utf8')).trim().split('\n');

/** Starts a line as cron does: with a shell, a home and nothing else. */
function asCron(line: string): Promise<CliRun> {
  return new Promise((resolve) => {
    const env = { HOME: home.directory, PATH: '/usr/bin:/bin' };
    execFile('sh', ['-c', line], { env, cwd: '/' }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

async function listed(): Promise<Record<string, unknown>[]> {
  const { stdout } = await bmcloud('schedule', 'list', '--json');
  return (JSON.parse(stdout) as { schedules: Record<string, unknown>[] }).schedules;
}

describe.skipIf(!posix)('with systemd', () => {
  beforeEach(() => fake('systemctl', 'echo "$*" >> told; [ "$2" != is-enabled ] || echo enabled'));

  test('every configured job needs not be named', async () => {
    expect((await bmcloud('config', 'init', 'Documents')).code).toBe(0);
    expect(await bmcloud('schedule', 'add', 'all', '--every', '1h')).toMatchObject({ code: 0, stderr: '' });
    expect((await bmcloud('schedule', 'run', 'all')).code).toBe(0);
    expect((await bmcloud('sources', 'list')).stdout).not.toContain('not yet pushed');
  });

  test('a watch does not outlive the run of its schedule, however that ends', async () => {
    expect((await bmcloud('schedule', 'add', 'kept', '--watch', 'Documents')).code).toBe(0);
    const own = (name: string) => path.join(home.directory, '.bmcloud', name);
    const run = new Daemon(
      ['schedule', 'run', 'kept'],
      {
        HOME: home.directory,
        BMCLOUD_CACHE_DIR: own('cache'),
        BMCLOUD_STATE_DIR: own('state'),
        BMCLOUD_CONFIG_DIR: own('config'),
        BMCLOUD_DATA_DIR: own('data'),
        NODE_OPTIONS: '--import=data:text/javascript,process.getuid=()=>1000',
      },
      home.directory,
    );
    const isRunning = async () => (await bmcloud('watch', '--status')).code === 0;
    await vi.waitFor(async () => expect(await isRunning()).toBe(true), { timeout: 30_000, interval: 200 });
    // What `systemctl reload` does.
    run.signal('SIGHUP');
    await vi.waitFor(() => expect(run.stderr).toContain('The configuration was read again'), 30_000);
    expect(await isRunning()).toBe(true);
    await run.end('SIGKILL');
    await vi.waitFor(async () => expect(await isRunning()).toBe(false), { timeout: 30_000, interval: 200 });
  });

  test('a configured job says itself when it is pushed', async () => {
    const schedule = { daily: '02:30' };
    const jobs = { docs: { sources: ['Documents'], schedule }, other: { sources: ['Documents/letter.txt'] } };
    const config = path.join(home.directory, 'bmcloud.json');
    await writeFile(config, JSON.stringify({ jobs }));
    const added = await bmcloud('schedule', 'add', 'docs');
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('daily 02:30') });
    expect(await listed()).toMatchObject([{ name: 'docs', arguments: ['docs'] }]);
    expect((await bmcloud('schedule', 'add', 'other')).stderr).toContain('When it should run was not said');
    expect((await bmcloud('schedule', 'add', 'other', '--every', '1h')).code).toBe(0);
    expect(await listed()).toMatchObject([{ name: 'docs' }, { name: 'other', arguments: ['other'] }]);
    await writeFile(
      config,
      JSON.stringify({ jobs: { docs: { ...jobs.docs, schedule: { daily: '1', every: '1h' } } } }),
    );
    expect((await bmcloud('config', 'validate')).stderr).toMatch(/jobs\.docs\.schedule: says one of "every"/);
  });

  test('from add to remove', async () => {
    const added = await bmcloud(
      'schedule',
      'add',
      'docs',
      '--every',
      '15m',
      'Documents',
      '--tag',
      'a',
      '--tag',
      'b',
    );
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(added.stdout).toMatch(
      /^Added schedule docs, every 15m; next run \d{4}-\d\d-\d\d \d\d:(00|15|30|45)\n$/,
    );
    const units = path.join(home.directory, '.config', 'systemd', 'user');
    expect(await told()).toEqual([
      '--user show-environment',
      '--user daemon-reload',
      '--user enable --now bmcloud-docs.timer',
    ]);
    const record = path.join(home.directory, '.bmcloud', 'config', 'schedules', 'docs', 'schedule.json');
    expect((await stat(record)).mode & 0o777).toBe(0o600);

    const service = await readFile(path.join(units, 'bmcloud-docs.service'), 'utf8');
    const command = /^ExecStart=(.*)$/m.exec(service)![1]!;
    expect(command).toMatch(/ schedule run docs --scheduled /);
    expect(await asCron(command)).toEqual({ code: 0, stdout: '', stderr: '' });
    const [docs] = await listed();
    expect(docs).toMatchObject({
      name: 'docs',
      trigger: 'every 15m',
      enabled: true,
      arguments: ['Documents', '--tag', 'a', '--tag', 'b'],
      lastRun: { exitCode: 0, scheduled: true, state: 'ended' },
      lastSuccess: { exitCode: 0 },
    });
    const { stdout: snapshots } = await bmcloud('snapshots', '--json');
    expect(JSON.parse(snapshots)).toMatchObject({ snapshots: [{ tags: ['a', 'b'] }] });

    expect((await bmcloud('schedule', 'show', 'docs')).stdout).toMatch(/Installed +yes\n/);
    expect((await bmcloud('schedule', 'disable', 'docs')).code).toBe(0);
    const table = (await bmcloud('schedule', 'list')).stdout;
    expect(table).toMatch(/^docs +every 15m +disabled +\d{4}-\d\d-\d\d \d\d:\d\d +done +\d{4}-/m);
    expect((await bmcloud('schedule', 'enable', 'docs')).code).toBe(0);
    expect((await bmcloud('schedule', 'run', 'docs', '--background')).code).toBe(0);
    expect((await told()).slice(3)).toEqual([
      '--user is-enabled bmcloud-docs.timer',
      '--user disable --now bmcloud-docs.timer',
      '--user enable --now bmcloud-docs.timer',
      '--user start --no-block bmcloud-docs.service',
    ]);

    expect((await bmcloud('schedule', 'remove', 'docs')).code).toBe(0);
    expect(await readdir(units)).toEqual([]);
    expect(await listed()).toEqual([]);
  });

  test('a run that fails is told by its exit code, in the list and in the log', async () => {
    await bmcloud('schedule', 'add', 'docs', '--daily', '2:30', 'Documents');
    expect((await bmcloud('schedule', 'run', 'docs')).code).toBe(0);
    await rm(path.join(home.directory, 'Documents'), { recursive: true });
    const failed = await bmcloud('schedule', 'run', 'docs');
    expect(failed.code).toBe(2);
    expect(failed.stderr).toMatch(/Error: .*Documents/);
    expect(failed.stdout).toContain('docs: failed (2)\n');
    const [docs] = await listed();
    expect(docs).toMatchObject({ lastRun: { exitCode: 2, scheduled: false }, lastSuccess: { exitCode: 0 } });
    const { stdout } = await bmcloud('schedule', 'logs', 'docs', '--lines', '3');
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(stdout).toMatch(/Error: [\s\S]*exit code 2\n$/);
  });

  test('while a push of the job runs, a scheduled one gives way and one by hand waits', async () => {
    const go = path.join(home.directory, 'go');
    const command = `while [ ! -e '${go}' ]; do sleep 0.1; done; echo dump`;
    const slow = ['--stdin-name', 'dump.sql', '--stdin-command', command];
    await bmcloud('push', 'Documents'); // makes the repository
    await bmcloud('schedule', 'add', 'dump', '--every', '1h', '--', ...slow);
    const first = bmcloud('schedule', 'run', 'dump');
    await waitFor(async () => /bmcloud push/.test((await bmcloud('schedule', 'logs', 'dump')).stdout));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await listed())[0]).toMatchObject({ lastRun: { state: 'running' } });
    const second = await bmcloud('schedule', 'run', 'dump', '--scheduled');
    expect(second).toEqual({ code: 11, stdout: '', stderr: '' });
    const third = bmcloud('schedule', 'run', 'dump');
    await writeFile(go, '');
    expect((await first).code).toBe(0);
    expect((await third).code).toBe(0);
  });
});

describe.skipIf(!posix)('with cron', () => {
  beforeEach(async () => {
    await fake('systemctl', 'echo "Failed to connect to bus" >&2; exit 1');
    await fake(
      'crontab',
      'if [ "$1" = -l ]; then cat table 2>/dev/null || { echo "no crontab for me" >&2; exit 1; }; else cat > table; fi',
    );
  });
  const table = () => readFile(path.join(home.directory, 'table'), 'utf8');

  test('the line that is added works, and leaves with the schedule', async () => {
    const mine = '# my own\n@daily echo 100\\%\n';
    await writeFile(path.join(home.directory, 'table'), mine);
    const added = await bmcloud('schedule', 'add', 'docs', '--cron', '0 8-18/2 * * mon-fri', 'Documents');
    expect(added.code).toBe(0);
    expect(added.stderr).toContain('systemd was not found');
    const [line] = (await table()).slice(mine.length).split('\n');
    expect(line).toMatch(
      /^0 8,10,12,14,16,18 \* \* 1-5 .* schedule run docs --scheduled .* # bmcloud schedule docs$/,
    );
    expect(await asCron(line!.split(' ').slice(5).join(' '))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await listed())[0]).toMatchObject({ lastSuccess: { exitCode: 0 }, scheduler: 'cron' });
    expect((await bmcloud('schedule', 'remove', 'docs')).code).toBe(0);
    expect(await table()).toBe(mine);
  });

  test.skipIf(process.getuid?.() !== 0)('what root adds is the system’s, once in the list', async () => {
    const env = { PATH: `${path.join(home.directory, 'fakes')}:${process.env.PATH}` };
    expect((await home.run(['schedule', 'add', 'docs', '--daily', '2:30', 'Documents'], { env })).code).toBe(
      0,
    );
    const { stdout } = await home.run(['schedule', 'list', '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ schedules: [{ name: 'docs', account: 'system' }] });
  });

  test('with neither nothing is added, and the hint says what to do', async () => {
    // Nothing of that name is on this path.
    await rm(path.join(home.directory, 'fakes', 'crontab'));
    const { code, stderr } = await home.run(['schedule', 'add', 'docs', '--every', '1h', 'Documents'], {
      env: {
        PATH: path.join(home.directory, 'fakes'),
        NODE_OPTIONS: '--import=data:text/javascript,process.getuid=()=>1000',
      },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: Neither systemd nor cron starts jobs here\n {2}Install cron/);
    expect(await listed()).toEqual([]);
  });
});

/*
 * Under Wine the Task Scheduler keeps tasks and starts none; with BMCLOUD_REAL_SCHEDULER=1, on a machine that is for tests, whatever is
 * there is used for real, and must start the push by itself.
 */
const isReal = process.env.BMCLOUD_REAL_SCHEDULER !== undefined;
const left = posix && !isReal;
if (left) console.info('Left out: the scheduler of this machine is used with BMCLOUD_REAL_SCHEDULER=1 only');

describe.skipIf(left)('with the scheduler of this machine', () => {
  const name = `bmcloud-test-${process.pid}`;
  /** With all that whoever runs the tests has around him, but for our own places. */
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([variable]) => !variable.startsWith('BMCLOUD_')),
  ) as Record<string, string>;
  const real = (...args: string[]) => home.run(args, { env });
  afterEach(() => real('schedule', 'remove', name, '--force'));

  test('from add to remove', async () => {
    const added = await real('schedule', 'add', name, '--every', '1d', 'Documents', '--tag', 'real');
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Added schedule/) });
    expect((await real('schedule', 'show', name)).stdout).toMatch(/Installed +yes\n/);
    for (const change of ['disable', 'enable']) expect((await real('schedule', change, name)).code).toBe(0);
    expect((await real('schedule', 'run', name, '--background')).code).toBe(0);
    if (isReal) await waitFor(async () => (await lastRun())?.exitCode === 0, 120_000);
    else expect((await real('schedule', 'run', name, '--scheduled')).code).toBe(0);
    expect(await lastRun()).toMatchObject({ exitCode: 0, scheduled: true });
    expect((await real('schedule', 'remove', name)).code).toBe(0);
    expect((await real('schedule', 'show', name)).code).toBe(2);
  }, 180_000);

  async function lastRun(): Promise<Record<string, unknown> | undefined> {
    const { stdout } = await real('schedule', 'list', '--json');
    const { schedules } = JSON.parse(stdout) as {
      schedules: { name: string; lastRun?: Record<string, unknown> }[];
    };
    return schedules.find((schedule) => schedule.name === name)?.lastRun;
  }
});

describe('what is refused at once', () => {
  test.each([
    [['docs', 'Documents'], /When it should run was not said/],
    [['docs', '--every', '7m', 'Documents'], /--every: "7m" is not a part/],
    [['docs', '--every', '1h', '--daily', '2:30', 'Documents'], /--every|--daily/],
    [['docs', '--cron', '61 * * * *', 'Documents'], /"61" cannot be a minute/],
    [['docs', '--every', '1h'], /Nothing to back up was named/],
    [['docs', '--every', '1h', 'Documents', '--dryrun'], /Unknown flag --dryrun; did you mean --dry-run/],
    [['docs', '--every', '1h', '--', 'Documents', '--workers'], /--workers expects a value/],
    [['docs', '--every', '1h', '--stdin-name', 'x'], /no standard input/],
    [['docs', '--watch'], /Nothing to watch was named/],
    [['docs', '--watch', 'Documents', '--once'], /--once does not/],
    [['docs', '--watch', '--every', '1h', 'Documents'], /--every|--watch/],
    [['con', '--every', '1h', 'Documents'], /"con" cannot be the name/],
    [['a/b', '--every', '1h', 'Documents'], /cannot be the name/],
    [
      ['docs', '--every', '1h', 'Documents', '--repo', 's3+https://key:secret@host/bucket'],
      /must not hold secrets/,
    ],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await bmcloud('schedule', 'add', ...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('key:secret');
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test.each(['show', 'run', 'remove', 'enable', 'disable', 'logs'])(
    '%s of what there is not',
    async (command) => {
      const { code, stderr } = await bmcloud('schedule', command, 'docs');
      expect(code).toBe(2);
      expect(stderr).toMatch(/^Error: There is no schedule "docs"\n {2}See "bmcloud schedule list"\n$/);
    },
  );
});

async function waitFor(condition: () => Promise<boolean>, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not happen');
}
