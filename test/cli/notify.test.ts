import { expect, test } from 'vitest';
import type { runChild } from '../../src/cli/child.ts';
import { notify, notifyCommand } from '../../src/cli/notify.ts';

const notification = { title: 'bmcloud', text: '2 files <b>"$(x)\' & more\u0007\nclose it' };
const on = (platform: NodeJS.Platform) => notifyCommand(notification, { env: {}, platform });

test('Linux: the text is no option and no markup', () => {
  expect(on('linux')).toEqual({
    program: 'notify-send',
    args: ['--app-name=bmcloud', '--', 'bmcloud', '2 files &lt;b&gt;"$(x)\' &amp; more \nclose it'],
  });
});

test('macOS: the text is an argument of a fixed script', () => {
  const { program, args } = on('darwin');
  expect(program).toBe('/usr/bin/osascript');
  expect(args).toEqual([
    '-e',
    'on run argv',
    '-e',
    'display notification (item 2 of argv) with title (item 1 of argv)',
    '-e',
    'end run',
    'bmcloud',
    '2 files <b>"$(x)\' & more \nclose it',
  ]);
});

test('Windows: the text is in a variable that a fixed script reads', () => {
  const { program, args, variables } = on('win32');
  expect(program).toBe('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe');
  expect(args.slice(0, 3)).toEqual(['-NoProfile', '-NonInteractive', '-EncodedCommand']);
  const script = Buffer.from(args[3] as string, 'base64').toString('utf16le');
  expect(script).toContain('$xml.LoadXml($env:BMCLOUD_TOAST)');
  expect(notifyCommand({ title: 'a', text: 'b' }, { env: {}, platform: 'win32' }).args).toEqual(args);
  expect(variables).toEqual({
    BMCLOUD_TOAST:
      '<toast><visual><binding template="ToastGeneric"><text>bmcloud</text><text>2 files &lt;b&gt;"$(x)\' &amp; more \nclose it</text></binding></visual></toast>',
  });
});

test('the variable reaches the program, a failure is a warning', async () => {
  const seen: Parameters<typeof runChild>[] = [];
  const run: typeof runChild = async (...call) => {
    seen.push(call);
    return 'it failed with exit code 1';
  };
  const warning = await notify(notification, { env: { SystemRoot: 'D:\\W' }, platform: 'win32' }, run);
  expect(warning).toBe('No notification could be shown: it failed with exit code 1');
  expect(seen[0]?.[1].env).toMatchObject({
    SystemRoot: 'D:\\W',
    BMCLOUD_TOAST: expect.stringMatching(/^<toast>/),
  });
});

test('a desktop that is not there is a warning', async () => {
  const { platform } = process;
  const problem = await notify(notification, {
    env: { PATH: '/nowhere', SystemRoot: 'C:\\nowhere' },
    platform: platform === 'darwin' ? 'linux' : platform,
  });
  expect(problem).toMatch(/^No notification could be shown: /);
});
