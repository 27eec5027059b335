import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { childEnd } from '../../src/schedule/child-end.ts';
import { systemRun } from '../../src/schedule/system.ts';

const node = (script: string) => spawn(process.execPath, ['-e', script]);

describe('how a process ended', () => {
  test('by its exit code', async () => {
    expect(await childEnd(node('process.exitCode = 7'))).toEqual({ how: 'exited', code: 7 });
  });

  test.skipIf(process.platform === 'win32')('by a signal', async () => {
    expect(await childEnd(node('process.kill(process.pid)'))).toEqual({ how: 'killed', signal: 'SIGTERM' });
  });

  test('it was never there', async () => {
    expect(await childEnd(spawn('bmcloud-no-such-program'))).toMatchObject({ how: 'failed' });
  });

  test('what it left behind is not waited for', async () => {
    // The grandchild keeps the output open for a minute.
    const script = `const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit', detached: true });
      child.unref(); console.log(child.pid)`;
    const child = node(script);
    let printed = '';
    child.stdout.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
    });
    const begin = performance.now();
    expect(await childEnd(child, 100)).toEqual({ how: 'exited', code: 0 });
    expect(performance.now() - begin).toBeLessThan(20_000);
    process.kill(Number(printed));
  });
});

test('a command answers with what it printed, and reads its input', async () => {
  const run = systemRun(process.env, 'linux');
  const script =
    'process.stdin.pipe(process.stdout); console.error(process.env.LC_ALL); process.exitCode = 4';
  expect(await run(process.execPath, ['-e', script], 'words')).toEqual({
    code: 4,
    stdout: 'words',
    stderr: 'C\n',
  });
  expect(await run('bmcloud-no-such-program', [])).toMatchObject({ code: 127 });
});
