import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';

const isOneFile = process.env.BMCLOUD_TEST_PROGRAM !== undefined;
if (isOneFile) console.info('Left out: a one-file program looks after its compiled code itself');

describe.skipIf(isOneFile)('compiled code', () => {
  const codeOf = (home: CliHome) => join(home.directory, '.bmcloud/cache/code');
  const withHome = async (check: (home: CliHome) => Promise<void>) => {
    const home = await cliHome();
    try {
      await check(home);
    } finally {
      await home.remove();
    }
  };

  test('is kept where only its user puts files, not where everybody does', () =>
    withHome(async (home) => {
      const temporary = join(home.directory, 'tmp');
      mkdirSync(temporary);
      const env = { TMPDIR: temporary, TEMP: temporary, TMP: temporary, NODE_COMPILE_CACHE: '' };
      expect((await home.run(['--help'], { env })).code).toBe(0);
      expect(readdirSync(codeOf(home)).length).toBeGreaterThan(1);
      expect(existsSync(join(temporary, 'node-compile-cache'))).toBe(false);
    }));

  test('serves the next start, other commands add theirs, and what is damaged is made again', () =>
    withHome(async (home) => {
      const file = join(codeOf(home), 'bmcloud-program');
      const env = { NODE_COMPILE_CACHE: '', NODE_DISABLE_COMPILE_CACHE: '' };
      const run = async (...args: string[]) => {
        expect((await home.run(args, { env })).code).toBe(0);
        return statSync(file).mtimeMs;
      };
      const first = await run('--help');
      expect(await run('--help')).toBe(first);
      const more = await run('config', 'path');
      expect(more).toBeGreaterThan(first);
      expect(await run('--help')).toBe(more);
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0, bytes.length >>> 1));
      await run('--help');
      expect(readFileSync(file).equals(bytes)).toBe(false);
    }));

  test('serves a program that ran on until it set flags of V8, and what it loads after that', () =>
    withHome(async (home) => {
      const wait = `"${process.execPath}" -e "setTimeout(() => console.log('dump'), 600)"`;
      const push = [
        'push',
        '--stdin-command',
        wait,
        '--stdin-name',
        'dump',
        '--repo',
        join(home.directory, 'repo'),
      ];
      const env = { NODE_COMPILE_CACHE: '', BMCLOUD_PASSPHRASE: 'of the test' };
      const run = async (...args: string[]) => {
        const { code, stderr } = await home.run(args, { env });
        expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
        return statSync(join(codeOf(home), 'bmcloud-program')).mtimeMs;
      };
      await run('init', join(home.directory, 'repo'));
      await run(...push);
      const second = await run(...push);
      expect(await run(...push)).toBe(second);
    }));

  test('is not kept where Node is told so, and nothing else changes', () =>
    withHome(async (home) => {
      const { code, stdout } = await home.run(['--help'], { env: { NODE_DISABLE_COMPILE_CACHE: '1' } });
      expect({ code, isThere: existsSync(join(codeOf(home), 'bmcloud-program')) }).toEqual({
        code: 0,
        isThere: false,
      });
      expect(stdout).toContain('push');
    }));
});
