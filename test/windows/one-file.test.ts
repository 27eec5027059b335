import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';

/*
 * What is particular to the one-file program on Windows, elevated (`exe.mjs`).
 */

const isOneFile = process.platform === 'win32' && process.env.BMCLOUD_TEST_PROGRAM !== undefined;

describe.runIf(isOneFile)('the one-file program, elevated', () => {
  /** Other builds of the program have their directories where programs usually lie: which one is this one's does not show there. */
  let programs: string;
  let env: Record<string, string>;
  const place = () => path.join(programs, 'bmcloud', 'program');
  const directory = () => path.join(place(), readdirSync(place())[0]!);
  beforeAll(() => {
    programs = mkdtempSync(path.join(tmpdir(), 'bmcloud-one-file-'));
    env = { ProgramFiles: programs };
  });
  afterAll(() => rmSync(programs, { recursive: true, force: true }));

  let home: CliHome;
  beforeEach(async () => {
    home = await cliHome();
    expect(await home.run(['--version'], { env })).toMatchObject({ code: 0, stderr: '' });
  });
  afterEach(() => home.remove());

  test('unpacks itself, and the addon, where administrators alone can write', () => {
    expect(existsSync(path.join(directory(), 'prebuilds', 'win32-x64', 'bmcloud.node'))).toBe(true);
    expect(existsSync(path.join(directory(), '.complete'))).toBe(true);
    expect(readdirSync(place())).toHaveLength(1);
  });

  test('mends what was changed', async () => {
    const file = path.join(directory(), 'dist', 'index.js');
    const before = readFileSync(file);
    writeFileSync(file, 'throw new Error("changed")');
    expect(await home.run(['snapshots', '--repo', 'none'], { env })).toMatchObject({ code: 10 });
    expect(readFileSync(file)).toEqual(before);
  });

  test.each(['dist\\commands\\locks.js', 'prebuilds\\win32-x64\\bmcloud.node'])(
    'never loads %s when it was changed without a glance showing it',
    async (name) => {
      const file = path.join(directory(), name);
      const before = readFileSync(file);
      writeFileSync(file, 'process.stdout.write("planted");'.padEnd(before.length));
      utimesSync(file, 1e9, 1e9);
      const { stdout, stderr } = await home.run(['locks', file], { env });
      expect(stdout).not.toContain('planted');
      // Of the addon, the command says that there is none.
      expect(stdout + stderr).toMatch(/was changed after it was unpacked|is not installed/);
      await home.run(['--version'], { env });
      expect(readFileSync(file)).toEqual(before);
    },
  );

  test('first starts at once', async () => {
    const ProgramFiles = path.join(home.directory, 'programs');
    const runs = await Promise.all([1, 2].map(() => home.run(['push', '--help'], { env: { ProgramFiles } })));
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(2).fill({ code: 0, stderr: '' }),
    );
    expect(readdirSync(path.join(ProgramFiles, 'bmcloud', 'program'))).toHaveLength(1);
  });

  test('with a hidden console, as a scheduled push has it', async () => {
    for (const more of [{}, { NODE_PATH: 'C:\\nowhere' }]) {
      const options = { windowsHide: true, env: { ...env, ...more } };
      const child = spawn(process.env.BMCLOUD_TEST_PROGRAM!, ['push', '--help'], options);
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    }
  });

  describe('with a program that keeps a file to itself', () => {
    let holder: ChildProcess;
    beforeEach(async () => {
      const file = path.join(home.directory, 'mail.ost');
      writeFileSync(file, 'letters');
      const code = `fs.openSync(${JSON.stringify(file)}, fs.constants.O_RDWR | 0x10000000); console.log(); setInterval(() => {}, 1e6)`;
      holder = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((resolve) => holder.stdout?.once('data', resolve));
    });
    afterEach(async () => {
      const ended = new Promise((resolve) => holder.once('close', resolve));
      holder.kill();
      await ended;
    });

    test('the addon names it', async () => {
      const { code, stdout } = await home.run(['locks', path.join(home.directory, 'mail.ost'), '--json'], {
        env,
      });
      expect(code).toBe(0);
      const { files } = JSON.parse(stdout) as { files: { owners: { pid: number; program: string }[] }[] };
      expect(files[0]?.owners).toContainEqual(
        expect.objectContaining({ pid: holder.pid, program: expect.stringMatching(/node/i) }),
      );
    });
  });
});
