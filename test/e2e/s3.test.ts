import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/doctor.ts';
import { type CliHome, type CliRun, cliHome, homeOf } from '../fixtures/cli.ts';
import { lacks } from '../fixtures/platform.ts';
import { type S3Server, s3Server } from '../fixtures/s3-server.ts';
import { expectSameTree, type Listing, listingOf } from '../fixtures/trees.ts';

/*
 * The built program as a user drives it, against a real S3 server; another client is the witness of what is in the bucket.
 */

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

let server: S3Server;
let bucket: string;
let home: CliHome;
let env: Record<string, string>;
let docs: string;

beforeAll(async () => {
  server = await s3Server('minio');
  bucket = await server.bucket('e2e');
  home = await cliHome();
  docs = join(home.directory, 'docs');
  env = {
    ...server.env,
    AWS_REGION: 'us-east-1',
    BMCLOUD_REPO: repositoryIn(bucket),
    BMCLOUD_PASSPHRASE: 'correct horse battery staple',
  };
});
afterAll(() => home.remove());

function repositoryIn(name: string, { endpoint } = server): string {
  return `s3+${endpoint}/${name}/backups/laptop`;
}

async function bmcloud(...args: string[]): Promise<CliRun> {
  const run = await home.run(args, { env });
  expect(run.stderr + run.stdout).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  return run;
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await bmcloud(...args, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as T;
}

/** What another client sees: key → size. */
async function objects(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { name, size } of server.client.listObjectsV2(bucket, '', true)) found.set(name, size);
  return found;
}

async function bytesOf(key: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of await server.client.getObject(bucket, key)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const SECRET_NAME = 'salaries of everybody.txt';
const SECRET_TEXT = 'Nobody may read this sentence in the bucket. '.repeat(200);

function makeDocs(): void {
  mkdirSync(join(docs, 'deep', 'deeper'), { recursive: true });
  for (let i = 0; i < 40; i++) writeFileSync(join(docs, 'deep', `file ${i}.txt`), `${i} `.repeat(i * 20));
  writeFileSync(join(docs, SECRET_NAME), SECRET_TEXT);
  writeFileSync(join(docs, 'large.bin'), randomBytes(9 * 1024 * 1024));
  writeFileSync(join(docs, 'empty'), '');
  if (!lacks('byteNames')) {
    const name = Buffer.from([0x6e, 0xff, 0xfe]);
    writeFileSync(Buffer.concat([Buffer.from(`${docs}/`), name]), 'a name that is not UTF-8');
  }
  if (!lacks('symlinks')) symlinkSync('deep/deeper', join(docs, 'link'));
  linkSync(join(docs, 'large.bin'), join(docs, 'deep', 'same as large.bin'));
  chmodSync(join(docs, 'deep', 'file 3.txt'), 0o640);
}

function changeDocs(): void {
  rmSync(join(docs, 'deep', 'file 7.txt'));
  writeFileSync(join(docs, 'deep', 'file 8.txt'), 'changed');
  writeFileSync(join(docs, 'new.txt'), 'new');
  chmodSync(join(docs, 'deep', 'file 3.txt'), 0o600);
}

interface Snapshot {
  id: string;
  statistics: { bytesRead: number; bytesStored: number };
}

describe('a repository in a bucket', () => {
  let first: string;
  let before: Listing;

  test('a bucket that does not exist is told in one line, before a key is made', async () => {
    const key = join(home.directory, 'new.key');
    const { code, stderr } = await bmcloud('init', repositoryIn('no-such-bucket'), '--new-key-file', key);
    expect(code).toBe(10);
    expect(stderr).toMatch(/no such bucket/);
    expect(existsSync(key)).toBe(false);
  });

  test('init, and the first push', async () => {
    expect((await bmcloud('init', '--recovery-key-file', join(home.directory, 'recovery.key'))).code).toBe(0);
    makeDocs();
    before = listingOf(docs);
    const { code, stdout } = await bmcloud('push', docs);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Saved snapshot [0-9a-f]{8} of /);
    first = /snapshot ([0-9a-f]{8})/.exec(stdout)?.[1] as string;
  });

  test('the witness sees objects, and neither names nor data', async () => {
    const found = await objects();
    const kinds = new Set([...found.keys()].map((key) => key.split('/')[2]));
    expect(kinds).toEqual(new Set(['format.json', 'index', 'keys', 'manifests', 'packs', 'spare']));
    // Ten bytes and more: four are found in megabytes of random bytes once in some hundred runs, by chance.
    const secrets = [SECRET_NAME, SECRET_TEXT.slice(0, 40), 'file 3.txt', 'same as large.bin'];
    for (const key of found.keys()) {
      const bytes = await bytesOf(key);
      for (const secret of secrets) expect(bytes.includes(secret), `${secret} in ${key}`).toBe(false);
    }
  });

  test('a push that finds nothing adds one small manifest', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2100)); // younger files are read again
    await bmcloud('push', docs);
    const old = await objects();
    const { statistics } = await json<Snapshot>('push', docs);
    expect(statistics).toMatchObject({ bytesRead: 0, bytesStored: 0 });
    const added = [...(await objects())].filter(([key]) => !old.has(key));
    expect(added).toHaveLength(1);
    expect(added[0]?.[0]).toMatch(/\/manifests\//);
    expect(added[0]?.[1]).toBeLessThan(1000);
  });

  test('changes are shown, pushed and remembered', async () => {
    changeDocs();
    const status = await json<{ new: number; deleted: number }>('status', docs);
    expect(status).toMatchObject({ new: 1, deleted: 1 });
    expect(await json('push', docs, '--tag', 'changed')).toMatchObject({
      statistics: { new: 1, deleted: 1 },
    });
    const { snapshots } = await json<{ snapshots: { tags: string[] }[] }>('snapshots');
    expect(snapshots.map(({ tags }) => tags)).toEqual([[], [], [], ['changed']]);
    const history = (await bmcloud('history', 'docs/deep/file 7.txt')).stdout.trim().split('\n');
    expect(history).toHaveLength(2);
    expect(history[1]).toMatch(/deleted$/);
    expect((await bmcloud('diff', first, 'latest')).stdout).toMatch(/^- docs\/deep\/file 7\.txt$/m);
    expect((await bmcloud('find', 'file 1?.txt', '--at', first)).stdout.trim().split('\n')).toHaveLength(10);
    expect((await bmcloud('ls', 'docs/deep', '--at', first)).stdout).toMatch(/file 7\.txt/);
    expect((await bmcloud('cat', `docs/${SECRET_NAME}`)).stdout).toBe(SECRET_TEXT);
  });

  test('every moment comes back, byte for byte and mode for mode', async () => {
    const old = join(home.directory, 'old');
    expect((await bmcloud('restore', '--at', first, '--to', old, '--verify')).code).toBe(0);
    expectSameTree(listingOf(old), before);
    const now = join(home.directory, 'now');
    expect((await bmcloud('restore', '--to', now)).code).toBe(0);
    expectSameTree(listingOf(now), listingOf(docs));
    const again = await json<{ unchanged: number; files: number }>('restore', '--to', now);
    expect(again.files).toBe(0);
    expect(again.unchanged).toBeGreaterThan(40);
  });

  test('in place: what would be replaced needs a yes', async () => {
    writeFileSync(join(docs, 'new.txt'), 'spoiled');
    const refused = await bmcloud('restore', 'docs/new.txt', '--in-place');
    expect(refused.code).toBe(2);
    expect(readFileSync(join(docs, 'new.txt'), 'utf8')).toBe('spoiled');
    expect((await bmcloud('restore', 'docs/new.txt', '--in-place', '--yes')).code).toBe(0);
    expect(readFileSync(join(docs, 'new.txt'), 'utf8')).toBe('new');
  });

  test('of a store that cannot be used, doctor says so once', async () => {
    const absent = await bmcloud('doctor', '--json', '--repo', repositoryIn('no-such-bucket'));
    expect(absent.code).toBe(1);
    const { findings }: { findings: Finding[] } = JSON.parse(absent.stdout);
    const problems = findings.filter(({ status }) => status === 'problem');
    expect(problems).toMatchObject([{ check: 'Store', message: expect.stringContaining('no such bucket') }]);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'Deletion', status: 'unchecked' }));
    const strange = { ...env, AWS_SECRET_ACCESS_KEY: 'of-somebody-else' };
    const { code, stdout } = await home.run(['doctor'], { env: strange });
    expect(code).toBe(1);
    expect(stdout.match(/^ +problem .*/gm)).toMatchObject([expect.stringContaining('access key')]);
  });

  test('verify and doctor find nothing to complain of', async () => {
    expect(await json('verify', '--read-data')).toMatchObject({ problems: [] });
    const { code, stdout } = await bmcloud('doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok +Conditional writes/);
  });

  test('events as JSON lines, the result last', async () => {
    const { stdout } = await bmcloud('push', docs, '--json-stream');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string });
    expect(lines.length).toBeGreaterThan(2);
    expect(JSON.stringify(lines.at(-1))).toMatch(/"snapshot":"[0-9a-f]{8}"/);
  });
});

describe('keys', () => {
  test('a push-only key pushes, and reads nothing back', async () => {
    const file = join(home.directory, 'push-only.key');
    expect(
      (await bmcloud('key', 'add', '--push-only', '--new-key-file', file, '--label', 'server')).code,
    ).toBe(0);
    const asServer = { ...env, BMCLOUD_KEY_FILE: file, BMCLOUD_PASSPHRASE: '' };
    const pushed = await home.run(['push', docs, '--json'], { env: asServer });
    expect(pushed.code).toBe(0);
    const { snapshot } = JSON.parse(pushed.stdout) as { snapshot: string };
    const refused = await home.run(['restore', '--to', join(home.directory, 'never')], { env: asServer });
    expect(refused.code).toBe(12);
    expect((await bmcloud('snapshots')).stdout).toContain(snapshot);
    const to = join(home.directory, 'from the server');
    expect((await bmcloud('restore', '--at', snapshot, '--to', to)).code).toBe(0);
    expectSameTree(listingOf(to), listingOf(docs));
  });

  test('the recovery key opens; another passphrase takes the place of the first', async () => {
    const recovery = {
      ...env,
      BMCLOUD_PASSPHRASE: readFileSync(join(home.directory, 'recovery.key'), 'utf8').trim(),
    };
    expect((await home.run(['snapshots'], { env: recovery })).code).toBe(0);
    const wrong = await home.run(['snapshots'], { env: { ...env, BMCLOUD_PASSPHRASE: 'wrong' } });
    expect(wrong.code).toBe(12);
    const file = join(home.directory, 'passphrase');
    writeFileSync(file, 'another passphrase\n', { mode: 0o600 });
    expect((await bmcloud('key', 'passwd', '--new-passphrase-file', file)).code).toBe(0);
    expect((await bmcloud('snapshots')).code).toBe(12);
    env = { ...env, BMCLOUD_PASSPHRASE: 'another passphrase' };
    expect((await bmcloud('snapshots')).code).toBe(0);
  });
});

describe('what goes wrong is told in a line', () => {
  test('a missing source among several: the others are pushed, exit 3', async () => {
    const other = join(home.directory, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'file'), 'kept');
    expect((await bmcloud('push', docs, other, '--job', 'two')).code).toBe(0);
    rmSync(other, { recursive: true });
    const { code, stdout } = await bmcloud('push', docs, other, '--job', 'two');
    expect(code).toBe(3);
    expect(stdout).toMatch(/Missing +.*other/);
    expect((await bmcloud('cat', 'other/file', '--job', 'two')).stdout).toBe('kept');
  });

  test('an empty source that had files stops the push', async () => {
    const source = join(home.directory, 'mounted');
    mkdirSync(source);
    writeFileSync(join(source, 'file'), 'there');
    expect((await bmcloud('push', source)).code).toBe(0);
    rmSync(join(source, 'file'));
    const { code, stderr } = await bmcloud('push', source);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is empty, but had files/);
    expect((await bmcloud('push', source, '--allow-empty')).code).toBe(0);
  });

  test('a store that nobody answers at', async () => {
    const { code, stderr } = await bmcloud('snapshots', '--repo', 's3+http://127.0.0.1:1/bucket');
    expect(code).toBe(14);
    expect(stderr).toMatch(/cannot be reached/);
  });

  test('a damaged pack costs its files, which are named; verify finds it', async () => {
    const large = [...(await objects())].filter(
      ([key, size]) => key.includes('/packs/data/') && size > 1024 * 1024,
    );
    expect(large.length).toBeGreaterThan(0);
    for (const [key] of large) {
      const bytes = await bytesOf(key);
      bytes[5000] = (bytes[5000] as number) ^ 1;
      await server.client.putObject(bucket, key, bytes);
    }
    const restored = await bmcloud(
      'restore',
      '--at',
      'latest',
      '--job',
      'two',
      '--to',
      join(home.directory, 'torn'),
    );
    expect(restored.code).toBe(3);
    const verified = await bmcloud('verify', '--read-data');
    expect(verified.code).toBe(13);
    expect(verified.stdout + verified.stderr).toMatch(/docs\//);
  });
});

const endings = ['SIGKILL', ...(lacks('signals') ? [] : ['SIGINT'])] as NodeJS.Signals[];

test.each(endings)('a push that %s ends goes on where it stopped', async (signal) => {
  const source = join(home.directory, `large-${signal}`);
  mkdirSync(source);
  for (let i = 0; i < 24; i++) writeFileSync(join(source, `noise ${i}`), randomBytes(8 * 1024 * 1024));
  await new Promise((resolve) => setTimeout(resolve, 2100)); // younger files are read again
  const repository = { ...env, BMCLOUD_REPO: repositoryIn(await server.bucket('stopped')) };
  expect((await home.run(['init'], { env: repository })).code).toBe(0);
  // Progress is told once a second: what is sent after the 90 MiB below has to take longer.
  const child = spawn(
    process.execPath,
    [program, 'push', source, '--json-stream', '--workers', '1', '--limit-upload', '60M'],
    {
      env: { PATH: process.env.PATH, ...homeOf(home.directory), ...repository },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const ended = new Promise<number | string | null>((resolve) => {
    child.on('close', (code, killedBy) => resolve(killedBy ?? code));
  });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    told += piece;
    const sent = Array.from(told.matchAll(/"transferred":(\d+)/g)).at(-1)?.[1];
    if (Number(sent) > 90 * 1024 * 1024) child.kill(signal);
  });
  expect(await ended).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL');
  const none = await home.run(['snapshots', '--json'], { env: repository });
  expect(JSON.parse(none.stdout)).toMatchObject({ snapshots: [] });
  const { code, stdout } = await home.run(['push', source, '--json'], { env: repository });
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as {
    partialResumed: boolean;
    statistics: { bytesRead: number; bytesStored: number };
  };
  expect(result.partialResumed).toBe(true);
  // Two whole packs at least were done: they are neither read nor stored again.
  expect(result.statistics.bytesRead).toBeLessThan((24 * 8 - 48) * 1024 * 1024);
  expect(result.statistics.bytesStored).toBeLessThan((24 * 8 - 48) * 1024 * 1024);
  const to = join(home.directory, `restored-${signal}`);
  expect((await home.run(['restore', '--to', to], { env: repository })).code).toBe(0);
  expectSameTree(listingOf(to), listingOf(source));
});

describe('another kind of server', () => {
  let versitygw: S3Server;
  beforeAll(async () => {
    versitygw = await s3Server('versitygw');
  });

  test('a round trip through it', async () => {
    const there = {
      ...env,
      ...versitygw.env,
      BMCLOUD_REPO: repositoryIn(await versitygw.bucket('e2e'), versitygw),
    };
    expect((await home.run(['init'], { env: there })).code).toBe(0);
    expect((await home.run(['push', docs], { env: there })).code).toBe(0);
    const to = join(home.directory, 'round trip');
    expect((await home.run(['restore', '--to', to], { env: there })).code).toBe(0);
    expectSameTree(listingOf(to), listingOf(docs));
  });
});
