import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KnownWatch } from '../../src/index.ts';
import { type S3Server, s3Server } from '../fixtures/s3-server.ts';
import { Daemon } from '../soak/daemon.ts';
import { soak } from '../soak/soak.ts';

let root: string;
const begun: Daemon[] = [];
const at = (...parts: string[]) => path.join(root, ...parts);
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-watch-'));
  for (const name of ['docs', 'photos']) {
    await mkdir(at('data', name), { recursive: true });
    await writeFile(at('data', name, 'file'), name);
  }
});
afterEach(async () => {
  for (const daemon of begun.splice(0)) if (!daemon.hasEnded) await daemon.end('SIGKILL');
  await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

function begin(...args: string[]): Daemon {
  const env = {
    HOME: root,
    BMCLOUD_CACHE_DIR: at('own', 'cache'),
    BMCLOUD_STATE_DIR: at('own', 'state'),
    BMCLOUD_CONFIG_DIR: at('own', 'config'),
    BMCLOUD_DATA_DIR: at('own', 'data'),
  };
  const daemon = new Daemon(args, env, root);
  begun.push(daemon);
  return daemon;
}

const configure = (values: object) => writeFile(at('bmcloud.json'), JSON.stringify(values));
const jobs = { documents: { sources: ['data/docs'] }, pictures: { sources: ['data/photos'] } };
const fast = ['--interval', '1s', '--debounce', '100ms', '--min-distance', '100ms'];
const patient = ['--interval', '1h', '--debounce', '100ms', '--min-distance', '100ms'];
const says = (daemon: Daemon, words: RegExp) =>
  vi.waitFor(() => expect(daemon.stdout).toMatch(words), { timeout: 30_000, interval: 50 });

describe('watch --once', () => {
  test('pushes every configured job, and the next time nothing', async () => {
    await configure({ jobs });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const first = await begin('watch', '--once').end();
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/documents: pushed 2[\s\S]*pictures: pushed 2/);
    const second = await begin('watch', '--once').end();
    expect(second.stdout).toMatch(/documents: no changes[\s\S]*pictures: no changes/);
    const { snapshots } = JSON.parse((await begin('snapshots', '--json').end()).stdout);
    expect(snapshots).toHaveLength(2);
  });

  test('answers with the exit code of a job that failed; the others are pushed', async () => {
    await configure({ jobs: { gone: { sources: ['data/gone'] }, ...jobs } });
    const { code, stdout } = await begin('watch', '--once', '--json').end();
    expect(code).toBe(2);
    expect(JSON.parse(stdout).jobs).toMatchObject([
      { job: 'gone', error: { code: 'source-missing' } },
      { job: 'documents', result: { snapshot: expect.any(String) } },
      { job: 'pictures' },
    ]);
  });

  test('a configuration that can never work is said at once', async () => {
    await begin('push', at('data', 'docs')).end(); // makes the default repository
    await configure({ repository: at('own', 'data', 'repository'), keyFile: at('no-key'), jobs });
    const { code, stderr } = await begin('watch').end();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: .*no-key/m);
  });
});

describe('the daemon', () => {
  test('sees changes by the system, tells how it fares, and stops cleanly', async () => {
    await configure({ jobs });
    const daemon = begin('watch', ...patient, '--metrics', '0');
    await says(daemon, /documents: pushed 2[\s\S]*pictures: pushed 2/);
    await writeFile(at('data', 'photos', 'new'), 'new');
    await says(daemon, /pictures: pushed [23] \(1 new/);
    const [url] = /http:\S+/.exec(daemon.stderr)!;
    const [answer] = (await once(get(url!), 'response')) as [IncomingMessage];
    expect(await text(answer)).toMatch(/bmcloud_watch_pushes\{job="pictures"\} 2/);
    const status = await begin('watch', '--status').end();
    expect(status).toMatchObject({ code: 0 });
    expect(status.stdout).toMatch(/^Running[\s\S]*pictures/);
    const second = await begin('watch', ...patient).end();
    expect(second).toMatchObject({ code: 11, stderr: expect.stringContaining('being watched already') });
    const ended = await daemon.end(process.platform === 'win32' ? 'SIGKILL' : 'SIGTERM');
    if (process.platform !== 'win32') expect(ended.code).toBe(0);
    const after = await begin('watch', '--status').end();
    expect(after).toMatchObject({ code: 1, stdout: expect.stringContaining('Not running') });
  });

  test.skipIf(process.platform === 'win32')(
    'reads its configuration again; a broken one changes nothing',
    async () => {
      await configure({ jobs: { documents: jobs.documents } });
      const daemon = begin('watch', ...patient);
      await says(daemon, /documents: pushed/);
      await writeFile(at('bmcloud.json'), '{ "jobs": 7 }');
      daemon.signal('SIGHUP');
      await vi.waitFor(() => expect(daemon.stderr).toContain('stays as it was'), 20_000);
      await configure({ jobs });
      daemon.signal('SIGHUP');
      await says(daemon, /Watching documents, pictures[\s\S]*pictures: pushed 2/);
      const other = await begin('watch', 'pictures', '--once').end();
      const refused = /^Error: pictures is being watched already, by process \d+/m;
      expect(other).toMatchObject({ code: 11, stderr: expect.stringMatching(refused) });
      await configure({ jobs: { pictures: jobs.pictures } });
      daemon.signal('SIGHUP');
      await says(daemon, /Watching pictures\n/);
      await configure({ jobs });
      expect(await begin('watch', 'documents', '--once').end()).toMatchObject({ code: 0 });
      const { watches } = JSON.parse((await begin('watch', '--status', '--json').end()).stdout);
      const told = watches.map(({ running, jobs }: KnownWatch) => `${jobs[0]?.name} ${running}`);
      expect(new Set(told)).toEqual(new Set(['documents false', 'pictures true']));
      expect(await daemon.end('SIGINT')).toMatchObject({ code: 0 });
    },
  );

  test.skipIf(process.platform === 'win32')('runs hooks around a push, and only then', async () => {
    const hooks = { before: `echo before >> '${at('hooks')}'`, after: `echo after >> '${at('hooks')}'` };
    await configure({ hooks, jobs: { documents: jobs.documents } });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const daemon = begin('watch', ...fast);
    await says(daemon, /pushed 2[\s\S]*no changes[\s\S]*no changes/);
    await daemon.end('SIGTERM');
    expect(await readFile(at('hooks'), 'utf8')).toBe('before\nafter\n');
  });

  test.skipIf(process.platform === 'win32')(
    'waits for a repository that is away, and goes on when it is back',
    async () => {
      await begin('push', at('data', 'photos')).end(); // makes the default repository
      const repository = at('own', 'data', 'repository');
      await rename(repository, at('away'));
      const keyFile = at('own', 'config', 'repository.key');
      await configure({ repository, keyFile, jobs: { documents: jobs.documents } });
      const daemon = begin('watch', ...fast);
      await says(daemon, /documents: Error: .*again in/);
      expect(daemon.hasEnded).toBe(false);
      const status = await begin('watch', '--status').end();
      expect(status).toMatchObject({ code: 3, stdout: expect.stringContaining('failing') });
      await rename(at('away'), repository);
      await says(daemon, /Error[\s\S]*documents: pushed 2/);
      expect(await daemon.end('SIGTERM')).toMatchObject({ code: 0 });
    },
  );
});

describe('a soak of seconds', () => {
  const seconds = Number(process.env.BMCLOUD_SOAK_SECONDS ?? 12);
  let server: S3Server;
  beforeAll(async () => {
    server = await s3Server('minio');
  });

  test.skipIf(process.platform === 'win32')(
    'loses nothing in a directory',
    async () => {
      const { snapshots, kills } = await soak({ seconds, restarts: 3, seed: 7 });
      expect({ kills, snapshots }).toEqual({ kills: 2, snapshots: expect.any(Number) });
    },
    (seconds + 180) * 1000,
  );

  test.skipIf(process.platform === 'win32')(
    'loses nothing in S3',
    async () => {
      const repository = `s3+${server.endpoint}/${await server.bucket('watch')}`;
      const { files } = await soak({ seconds, restarts: 3, seed: 8, repository, env: server.env });
      expect(files).toBeGreaterThan(5);
    },
    (seconds + 180) * 1000,
  );
});
