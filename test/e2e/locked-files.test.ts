import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';
import { type Holder, hold, whyNothingIsHeld } from '../fixtures/held-file.ts';
import { btrfsImage } from '../shadow/btrfs-image.ts';

/*
 * The built program and files that other programs really hold.
 */

let home: CliHome;
let holder: Holder | undefined;
beforeEach(async () => {
  home = await cliHome();
});
afterEach(async () => {
  await holder?.release();
  holder = undefined;
  await home.remove();
});

const why = whyNothingIsHeld();
if (why) console.info(`nothing is held: ${why}`);

const quick = ['--retries', '1', '--retry-delay', '20ms'];

describe.skipIf(why)('a file that is held', () => {
  let source: string;
  let file: string;
  beforeEach(async () => {
    source = path.join(home.directory, 'documents');
    file = path.join(source, 'mail.pst');
    await mkdir(source);
    await writeFile(file, 'mail');
    await writeFile(path.join(source, 'letter.txt'), 'letter');
    holder = await hold(file);
  });

  test('is skipped: exit 3, its holder named with a hint, in the text, the log and the JSON', async () => {
    const { code, stdout } = await home.run(['push', source, ...quick, '--shadow', 'never']);
    expect(code).toBe(3);
    expect(stdout).toContain(`held by python3`);
    expect(stdout).toContain(`(pid ${holder?.pid}`);
    expect(stdout).toContain(`Close python3`);
    const log = await readFile(path.join(home.directory, '.bmcloud', 'state', 'skipped.log'), 'utf8');
    expect(JSON.parse(log.trim())).toMatchObject({ path: 'documents/mail.pst', code: 'EAGAIN' });
    const json = await home.run(['push', source, ...quick, '--shadow', 'never', '--json']);
    expect(JSON.parse(json.stdout).skipped).toMatchObject([{ owners: [{ pid: holder?.pid }] }]);
    const shown = await home.run(['status', source]);
    expect(shown.stdout).toContain('Often held');
  });

  test('is told to the hook of the configuration, which gets no secret', async () => {
    const told = path.join(home.directory, 'told.json');
    const config = path.join(home.directory, 'bmcloud.json');
    const onSkipped = `cat > '${told}'; env > '${told}.env'`;
    await writeFile(config, JSON.stringify({ hooks: { onSkipped }, shadow: 'never', retries: 0 }));
    const { code } = await home.run(['push', source, '--config', config]);
    expect(code).toBe(3);
    const { skipped } = JSON.parse(await readFile(told, 'utf8'));
    expect(skipped).toMatchObject([{ path: 'documents/mail.pst' }]);
    const env = await readFile(`${told}.env`, 'utf8');
    expect(env).toContain('BMCLOUD_SKIPPED=1');
    expect(env).not.toMatch(/PASSPHRASE|AWS_SECRET/);
  });

  test('is shown by locks', async () => {
    const { code, stdout } = await home.run(['locks', file, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).files[0].owners).toMatchObject([{ pid: holder?.pid }]);
  });
});

const image = btrfsImage();
const whyNoBtrfs = typeof image === 'string' ? image : why;
if (whyNoBtrfs) console.info(`btrfs is not tried for real: ${whyNoBtrfs}`);
afterAll(() => {
  if (typeof image !== 'string') image.remove();
});

/** Rewrites a file without end: a number, repeated. Torn, it holds two numbers. */
const writer = `
const fs = require('node:fs');
const lines = 200000;
for (let i = 0; ; i = (i + 1) % 10) {
  const fd = fs.openSync(process.argv[1], 'r+');
  const line = Buffer.alloc(lines, String(i));
  for (let at = 0; at < 40; at++) fs.writeSync(fd, line, 0, lines, at * lines);
  fs.closeSync(fd);
  fs.writeSync(1, '.');
}`;

describe.skipIf(whyNoBtrfs)('on btrfs', () => {
  const top = typeof image === 'string' ? '' : image.top;
  let child: ChildProcess | undefined;
  afterEach(async () => {
    if (!child) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = undefined;
  });

  test('a file that is held is read from a snapshot, which is gone afterwards', async () => {
    const source = path.join(top, 'held');
    await mkdir(source);
    await writeFile(path.join(source, 'mail.pst'), 'mail');
    holder = await hold(path.join(source, 'mail.pst'));
    const { code, stdout } = await home.run(['push', source, ...quick]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    const to = path.join(home.directory, 'to');
    await home.run(['restore', '--to', to]);
    expect(await readFile(path.join(to, 'mail.pst'), 'utf8')).toBe('mail');
    expect((await readdir(top)).sort()).toEqual(['held', 'home']);
  });

  test('a mirror reads a file that is held from a snapshot, too', async () => {
    const source = path.join(top, 'mirrored');
    await mkdir(source);
    await writeFile(path.join(source, 'mail.pst'), 'mail');
    holder = await hold(path.join(source, 'mail.pst'));
    const to = path.join(home.directory, 'to');
    const { code, stdout } = await home.run(['mirror', source, '--to', to, '--retry-delay', '10ms']);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(await readdir(path.join(to, 'mirror'))).toEqual(['mail.pst']);
    expect((await readdir(top)).filter((name) => name.startsWith('.bmcloud'))).toEqual([]);
  });

  test('a snapshot that a killed push left behind is no part of the next one, which removes it', async () => {
    const source = path.join(top, 'home');
    await writeFile(path.join(source, 'letter'), 'letter');
    const left = path.join(source, '.bmcloud-shadow-4194303-1-left-over');
    (image as Exclude<typeof image, string>).btrfs('subvolume', 'snapshot', '-r', source, left);
    const { stdout } = await home.run(['push', source, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ leftOut: { own: 1 } });
    const { entries } = JSON.parse((await home.run(['ls', '--recursive', '--json'])).stdout);
    expect(entries.map((one: { path: string }) => one.path)).toEqual(['home', 'home/letter', 'home/nested']);
    (image as Exclude<typeof image, string>).btrfs('subvolume', 'delete', left);
  });

  test('a file that changes during the push is as it was at one moment', async () => {
    const source = path.join(top, 'changing');
    await mkdir(source);
    const file = path.join(source, 'database');
    await writeFile(file, Buffer.alloc(8_000_000, '0'));
    child = spawn(process.execPath, ['-e', writer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout!, 'data');
    const { code, stdout } = await home.run(['push', source, '--shadow', 'always', '--json']);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout).skipped).toEqual([]);
    const to = path.join(home.directory, 'to');
    await home.run(['restore', '--to', to]);
    const restored = await readFile(path.join(to, 'database'));
    // The writer goes from the front to the back: at one moment there is at most one border.
    const borders = restored.filter((byte, at) => at > 0 && byte !== restored[at - 1]);
    expect(restored.length).toBe(8_000_000);
    expect(borders.length).toBeLessThanOrEqual(1);
    const { entries } = JSON.parse((await home.run(['ls', '--recursive', '--json'])).stdout);
    const entry = entries.find((one: { path: string }) => one.path === 'changing/database');
    expect(entry.marks).not.toContain('changed-while-reading');
  });
});
