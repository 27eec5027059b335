import { describe, expect, test } from 'vitest';
import type { Volume } from '../../src/shadow/provider.ts';
import { zfsShadows } from '../../src/shadow/zfs.ts';
import { LEFT_NAME, mountsOf, names, OTHERS_NAME, OUR_NAME, recordedRun } from './made-up.ts';

const mounts = mountsOf(
  '1 0 0:1 / / rw - zfs rpool/root rw',
  '2 1 0:2 / /home rw - zfs tank/home rw',
  '3 2 0:3 / /home/ann rw - zfs tank/home/ann rw',
  '4 3 8:1 / /home/ann/usb rw - ext4 /dev/sdb1 rw',
  '5 1 0:2 /bob /srv rw - zfs tank/home rw',
  '6 1 0:7 /x /only rw - zfs tank/part rw',
  '7 2 0:8 / /home/.zfs/snapshot/old ro - zfs tank/home@old ro',
);
const bytes = (path: string): Uint8Array => Buffer.from(path);

function zfs(answer?: Parameters<typeof recordedRun>[0]) {
  const { run, lines } = recordedRun(answer);
  return { provider: zfsShadows({ run, mounts, names: names(), elevated: true }), lines };
}

async function volumesOf(
  provider: ReturnType<typeof zfs>['provider'],
  ...paths: string[]
): Promise<Volume[]> {
  const found = await Promise.all(paths.map((path) => provider.supports(bytes(path))));
  return found.flatMap((volume) => volume ?? []);
}

describe('ZFS, by recorded commands', () => {
  test('the dataset of a path, asked for once', async () => {
    const { provider, lines } = zfs();
    expect(await volumesOf(provider, '/home/x', '/home/ann/x', '/home/y', '/srv/z', '/etc')).toEqual([
      { id: 'tank/home', root: '/home', inside: '/' },
      { id: 'tank/home/ann', root: '/home/ann', inside: '/' },
      { id: 'tank/home', root: '/home', inside: '/' },
      { id: 'tank/home', root: '/srv', inside: '/bob' },
      { id: 'rpool/root', root: '/', inside: '/' },
    ]);
    expect(lines).toEqual(
      ['tank/home', 'tank/home/ann', 'rpool/root'].map((dataset) => `zfs list -H -o name,snapdir ${dataset}`),
    );
  });

  test('what lies on another file system is not of it', async () => {
    const elsewhere = mountsOf('1 0 0:1 / / rw - zfs tank rw', '2 1 8:1 / /usb rw - ext4 /dev/sdb1 rw');
    const { run } = recordedRun();
    const provider = zfsShadows({ run, mounts: elsewhere, names: names(), elevated: true });
    expect(await provider.supports(bytes('/usb/x'))).toBeUndefined();
  });

  test('one command a pool freezes its datasets; paths lead into .zfs; close destroys the snapshots', async () => {
    const { provider, lines } = zfs();
    const volumes = await volumesOf(provider, '/home/x', '/home/ann/x', '/srv/x', '/etc/x');
    lines.length = 0;
    const shadow = await provider.open(volumes, { timeoutMs: 1000 });
    expect(lines).toEqual([
      `zfs snapshot tank/home@${OUR_NAME} tank/home/ann@${OUR_NAME}`,
      `zfs snapshot rpool/root@${OUR_NAME}`,
    ]);
    const mapped = ['/home/x', '/home/ann/a/b', '/srv/x', '/etc/x', '/home'].map((path) =>
      Buffer.from(shadow.map(bytes(path)) ?? []).toString(),
    );
    expect(mapped).toEqual([
      `/home/.zfs/snapshot/${OUR_NAME}/x`,
      `/home/ann/.zfs/snapshot/${OUR_NAME}/a/b`,
      `/home/.zfs/snapshot/${OUR_NAME}/bob/x`,
      `/.zfs/snapshot/${OUR_NAME}/etc/x`,
      `/home/.zfs/snapshot/${OUR_NAME}`,
    ]);
    lines.length = 0;
    await shadow.close();
    expect(lines.filter((line) => !line.includes(' list '))).toEqual(
      ['rpool/root', 'tank/home', 'tank/home/ann'].map((dataset) => `zfs destroy ${dataset}@${OUR_NAME}`),
    );
    await shadow.close();
    expect(lines).toHaveLength(6);
  });

  test('a pool that fails takes back the others', async () => {
    const { provider, lines } = zfs((line) => {
      if (line.startsWith('zfs snapshot rpool'))
        return { status: 1, stderr: 'cannot create: out of space\n' };
      if (line.includes('-t snapshot') && line.includes('rpool'))
        return { status: 1, stderr: 'x does not exist' };
      return undefined;
    });
    const volumes = await volumesOf(provider, '/home/x', '/etc/x');
    await expect(provider.open(volumes, { timeoutMs: 1000 })).rejects.toThrow(
      'rpool/root cannot be frozen: zfs: cannot create: out of space',
    );
    expect(lines.filter((line) => line.includes('destroy'))).toEqual([`zfs destroy tank/home@${OUR_NAME}`]);
  });

  test('snapshots that are out of sight are refused with the reason', async () => {
    const { provider } = zfs((line) =>
      line.includes('/ann') ? { stdout: 'tank/home/ann\tdisabled\n' } : undefined,
    );
    await expect(provider.supports(bytes('/home/ann/x'))).rejects.toThrow(/snapdir is "disabled"/);
    await expect(provider.supports(bytes('/home/.zfs/snapshot/old/x'))).rejects.toThrow(
      /is a snapshot itself/,
    );
    const volumes = await volumesOf(provider, '/only/x');
    await expect(provider.open(volumes, { timeoutMs: 1000 })).rejects.toThrow(/only a part of .*tank\/part/);
  });

  test('leftovers are those whose process is gone', async () => {
    const listed = ['tank/home@daily', `tank/home@${LEFT_NAME}`, `tank@${OTHERS_NAME}`, `tank@${OUR_NAME}`];
    const { provider, lines } = zfs(() => ({ stdout: `${listed.join('\n')}\n` }));
    const found = await provider.leftovers();
    expect(found.map(({ name, made }) => [name, made])).toEqual([[`tank/home@${LEFT_NAME}`, new Date(900)]]);
    await found[0]?.remove();
    expect(lines.at(-1)).toBe(`zfs destroy tank/home@${LEFT_NAME}`);
  });

  test('where there is no ZFS nothing is asked', async () => {
    const { run, lines } = recordedRun();
    const none = mountsOf('1 0 8:1 / / rw - ext4 /dev/sda1 rw');
    expect(await zfsShadows({ run, mounts: none, names: names(), elevated: true }).leftovers()).toEqual([]);
    expect(lines).toEqual([]);
    expect(await zfs(() => 'missing').provider.leftovers()).toEqual([]);
  });
});
