import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type S3Server, s3Server } from '../fixtures/s3-server.ts';
import { expectSameTree, listingOf } from '../fixtures/trees.ts';
import { executable, runsHere } from './executable.ts';

/*
 * The one-file program as somebody has it who has nothing else: no Node, no packages.
 */

describe.runIf(runsHere)('the one-file program', () => {
  let program: string;
  let home: string;
  let environment: Record<string, string>;
  let server: S3Server;
  beforeAll(async () => {
    server = await s3Server('minio');
    program = await executable();
    home = mkdtempSync(join(tmpdir(), 'bmcloud-home-'));
    environment = environmentIn(join(home, 'cache'));
    expect((await bmcloud(['--version'])).code).toBe(0);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const environmentIn = (cache: string) => ({
    PATH: '/nowhere',
    HOME: home,
    XDG_CACHE_HOME: cache,
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    BMCLOUD_PASSPHRASE: 'correct horse battery staple',
  });
  const bmcloud = (args: string[], more: Record<string, string> = {}) =>
    ended(spawn(program, args, { cwd: home, env: { ...environment, ...more } }));
  const placeIn = (cache: string) => join(cache, 'bmcloud', 'program');
  const directoryIn = (cache: string) =>
    join(placeIn(cache), ...readdirSync(placeIn(cache)).filter((name) => !name.startsWith('.')));

  test('says its version, and where it unpacked itself is closed to others', async () => {
    const { code, stdout, stderr } = await bmcloud(['--version']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^bmcloud\/\d+\.\d+\.\d+ linux-x64 node-v22\.\d+\.\d+\n$/);
    const place = placeIn(join(home, 'cache'));
    expect(statSync(place).mode & 0o777).toBe(0o700);
    expect(readdirSync(place)).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+-[0-9a-f]{32}$/)]);
  });

  test('has help for every command, suggestions, and the exit codes', async () => {
    const { stdout } = await bmcloud(['--help']);
    const commands = Array.from(stdout.matchAll(/^ {2}([a-z]+) {2}/gm), ([, name]) => name as string);
    expect(commands.length).toBeGreaterThan(12);
    const runs = await Promise.all(commands.map((name) => bmcloud([name, '--help'])));
    for (const run of runs) expect(run).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = await bmcloud(['psuh']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/did you mean "bmcloud push"\?/);
  });

  test('pushes to a bucket and restores', async () => {
    const repository = `s3+${server.endpoint}/${await server.bucket('exe')}/laptop`;
    const env = { ...server.env, AWS_REGION: 'us-east-1', BMCLOUD_REPO: repository };
    const docs = join(home, 'docs');
    makeDocs(docs);
    expect(await bmcloud(['init'], env)).toMatchObject({ code: 0 });
    expect(await bmcloud(['push', docs], env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Saved/),
    });
    writeFileSync(join(docs, 'new.txt'), 'new');
    expect(await bmcloud(['push', docs, '--json'], env)).toMatchObject({ code: 0 });
    expect(await bmcloud(['verify', '--read-data'], env)).toMatchObject({ code: 0 });
    expect(await bmcloud(['restore', '--to', join(home, 'restored')], env)).toMatchObject({ code: 0 });
    expectSameTree(listingOf(join(home, 'restored')), listingOf(docs));
  });

  test('hears of changes, by a part of a package that is for this system alone', async () => {
    const env = { ...environment, BMCLOUD_REPO: join(home, 'watched-repository') };
    const docs = join(home, 'watched');
    makeDocs(docs);
    expect(await bmcloud(['init'], env)).toMatchObject({ code: 0 });
    const pace = ['--interval', '1h', '--debounce', '200ms', '--min-distance', '200ms'];
    const watch = spawn(program, ['watch', docs, ...pace], { env });
    const end = ended(watch);
    await said(watch, /: pushed 2\d /);
    writeFileSync(join(docs, 'new.txt'), 'new');
    await said(watch, /: pushed \d /);
    watch.kill('SIGINT');
    expect((await end).code).not.toBeNull();
  });

  test('first starts at once', async () => {
    const cache = join(home, 'twice');
    const more = { XDG_CACHE_HOME: cache };
    const runs = await Promise.all([1, 2, 3].map(() => bmcloud(['push', '--help'], more)));
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(3).fill({ code: 0, stderr: '' }),
    );
    expect(readdirSync(placeIn(cache))).toHaveLength(1);
  });

  test('a first start that is killed leaves nothing that the next one trusts', async () => {
    const more = { XDG_CACHE_HOME: join(home, 'killed') };
    for (const delay of [40, 80, 120, 160]) {
      const child = spawn(program, ['push', '--help'], { env: { ...environment, ...more } });
      setTimeout(() => child.kill('SIGKILL'), delay);
      await ended(child);
      expect(await bmcloud(['push', '--help'], more)).toMatchObject({ code: 0, stderr: '' });
      rmSync(more.XDG_CACHE_HOME, { recursive: true });
    }
  });

  test('a changed file is mended', async () => {
    const file = join(directoryIn(join(home, 'cache')), 'dist', 'index.js');
    const before = readFileSync(file);
    writeFileSync(file, 'throw new Error("changed")');
    expect(await bmcloud(['snapshots', '--repo', join(home, 'none')])).toMatchObject({ code: 10 });
    expect(readFileSync(file)).toEqual(before);
  });

  describe('a file that was changed without a glance showing it is never run', () => {
    const change = (cache: string, name: string) => {
      const file = join(directoryIn(cache), name);
      const planted = 'process.stdout.write("planted");';
      writeFileSync(file, planted.padEnd(statSync(file).size));
      utimesSync(file, 1e9, 1e9);
    };
    const copyOfCache = async (name: string) => {
      const cache = join(home, name);
      cpSync(join(home, 'cache'), cache, { recursive: true });
      // The copies are newer than the originals: a look at all of them, once.
      expect((await bmcloud(['--version'], { XDG_CACHE_HOME: cache })).code).toBe(0);
      return cache;
    };

    const main = 'dist/cli/main.js';
    const script = 'dist/program/cli/main.cjs';
    const sharedByScript = (directory: string) => {
      const text = readFileSync(join(directory, script), 'utf8');
      return join(dirname(script), text.match(/"(\.\.\/chunks\/first[^"]+)"/)?.[1] ?? '');
    };

    test.each([
      ['a module', () => main, ['--help']],
      ['a script that it loads', () => script, ['--help']],
      ['a script that others share', sharedByScript, ['--help']],
      ['a module that is loaded later', () => 'dist/commands/snapshots.js', ['snapshots', '--repo', 'none']],
    ])('%s', async (what, nameIn, args) => {
      const cache = await copyOfCache(what.replaceAll(' ', '-'));
      const name = nameIn(directoryIn(cache));
      change(cache, name);
      const { code, stdout, stderr } = await bmcloud(args, { XDG_CACHE_HOME: cache });
      expect(stdout).toBe('');
      expect(stderr).toContain(`${name} was changed after it was unpacked`);
      expect(code).not.toBe(0);
      const again = await bmcloud(args, { XDG_CACHE_HOME: cache });
      expect(again.stdout + again.stderr).not.toMatch(/planted|was changed/);
    });

    test('a module of a thread', async () => {
      const cache = await copyOfCache('thread');
      const env = { XDG_CACHE_HOME: cache, BMCLOUD_REPO: join(home, 'thread-repository') };
      expect(await bmcloud(['init'], env)).toMatchObject({ code: 0 });
      makeDocs(join(home, 'thread-docs'));
      change(cache, 'dist/upload/lane-thread.js');
      const { code, stdout, stderr } = await bmcloud(['push', join(home, 'thread-docs')], env);
      expect(stdout).not.toContain('planted');
      expect(stderr).toContain('lane-thread.js was changed after it was unpacked');
      expect(code).not.toBe(0);
    });
  });

  test('variables meant for Node add no code', async () => {
    const planted = join(home, 'node_modules', 'planted', 'index.js');
    mkdirSync(dirname(planted), { recursive: true });
    writeFileSync(planted, 'console.log("planted");');
    const more = { NODE_OPTIONS: `--require=${planted}`, NODE_PATH: join(home, 'node_modules') };
    const { code, stdout } = await bmcloud(['--version'], more);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^bmcloud\/\S+ linux-x64 \S+\n$/);
  });

  test('a place that others can write is refused', async () => {
    const cache = join(home, 'open');
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    const { code, stdout, stderr } = await bmcloud(['--version'], { XDG_CACHE_HOME: cache });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `bmcloud cannot start: Others can write ${cache}, so bmcloud does not run from there\n` +
        'Set XDG_CACHE_HOME to a directory that only you can write.\n',
    );
    expect(readdirSync(cache)).toEqual([]);
  });
});

function makeDocs(docs: string): void {
  mkdirSync(join(docs, 'deep'), { recursive: true });
  for (let i = 0; i < 20; i++) writeFileSync(join(docs, 'deep', `file ${i}.txt`), `${i} `.repeat(i * 20));
  writeFileSync(join(docs, 'large.bin'), randomBytes(5 * 1024 * 1024));
}

/** Resolves when the program has said it; one that ends without never has. */
function said(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (piece: string) => {
        text += piece;
        if (pattern.test(text)) resolve();
      });
    child.on('close', () => reject(new Error(text)));
  });
}

interface Run {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

function ended(child: ChildProcess): Promise<Run> {
  const run = { stdout: '', stderr: '' };
  child.stdin?.end();
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (piece: string) => {
      run[name] += piece;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ ...run, code: code ?? signal }));
  });
}
