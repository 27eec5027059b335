import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serviceNotifier } from '../../src/cli/systemd-notify.ts';

describe.skipIf(process.platform === 'win32')('systemd', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bmcloud-notify-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const said = () => readFile(join(directory, 'said'), 'utf8');
  /** A `systemd-notify` that writes down what it is to say. */
  const install = () =>
    writeFile(
      join(directory, 'systemd-notify'),
      `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${directory}/said\n`,
      {
        mode: 0o755,
      },
    );
  const service = (env: Record<string, string>, warn: (message: string) => void = () => {}) =>
    serviceNotifier({ env: { PATH: `${directory}:/usr/bin:/bin`, ...env }, platform: 'linux' }, warn);

  test('hears that the watch is ready, alive, and stopping', async () => {
    await install();
    const notifier = service({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '400000' });
    await notifier.ready();
    await vi.waitFor(async () => expect(await said()).toMatch(/WATCHDOG=1\n.*WATCHDOG=1\n/), 10_000);
    await notifier.stopping();
    expect((await said()).split('\n').filter((line) => !line.includes('WATCHDOG'))).toEqual([
      '/run/n READY=1',
      '/run/n STOPPING=1',
      '',
    ]);
  });

  test('hears nothing where it does not ask', async () => {
    await install();
    await service({}).ready();
    await expect(said()).rejects.toThrow('ENOENT');
  });

  test('that cannot be told is a warning', async () => {
    const warn = vi.fn();
    await writeFile(join(directory, 'systemd-notify'), '#!/bin/sh\necho no socket >&2; exit 1\n', {
      mode: 0o755,
    });
    await service({ NOTIFY_SOCKET: '/run/n' }, warn).ready();
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('no socket'));
  });
});
