import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lvmShadows } from '../../src/shadow/lvm.ts';
import { LEFT_NAME, mountsOf, names, OTHERS_NAME, OUR_NAME, recordedRun } from './made-up.ts';

const mountsBelow = realpathSync(mkdtempSync(join(tmpdir(), 'shadow-lvm-')));
afterAll(() => rmSync(mountsBelow, { recursive: true }));
const directory = `${mountsBelow}/${OUR_NAME}`;

const mountLines = [
  '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
  '2 1 253:0 / /home rw - ext4 /dev/mapper/vg-home rw',
  '3 1 253:0 /bob /srv rw - ext4 /dev/mapper/vg-home rw',
  '4 1 253:1 / /var rw - xfs /dev/mapper/vg-var rw',
  '5 1 253:2 / /pool rw - btrfs /dev/mapper/vg-pool rw',
];
const GIB = 1024 ** 3;
const bytes = (path: string): Uint8Array => Buffer.from(path);
const asText = (path: Uint8Array | undefined) => path && Buffer.from(path).toString();

/** The form of lvs of LVM 2.03. */
function report(...volumes: Record<string, string>[]): { stdout: string } {
  return { stdout: JSON.stringify({ report: [{ lv: volumes }] }) };
}

function volume(name: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    vg_name: 'vg',
    lv_name: name,
    lv_size: `${100 * GIB}`,
    vg_free: `${40 * GIB}`,
    segtype: 'linear',
    ...more,
  };
}

type Answer = NonNullable<Parameters<typeof recordedRun>[0]>;

function lvm(more: Answer = () => undefined, { elevated = true, mounts = mountLines } = {}) {
  const { run, lines } = recordedRun((line) => {
    const said = more(line);
    if (said) return said;
    const device = /^lvs .* \/dev\/(\S+)$/.exec(line)?.[1];
    if (!device) return undefined;
    const name = /^mapper\/vg-(.*)$/.exec(device)?.[1];
    return name ? report(volume(name)) : { status: 5, stderr: `  Failed to find ${device}` };
  });
  const provider = lvmShadows({ run, mounts: mountsOf(...mounts), names: names(), elevated, mountsBelow });
  const changes = () => lines.filter((line) => !line.startsWith('lvs'));
  return { provider, lines, changes };
}

async function openFor(provider: ReturnType<typeof lvm>['provider'], paths: string[], signal?: AbortSignal) {
  const volumes = await Promise.all(paths.map((path) => provider.supports(bytes(path))));
  return await provider.open(
    volumes.flatMap((found) => found ?? []),
    { timeoutMs: 1000, signal },
  );
}

describe('LVM, by recorded commands', () => {
  test('a device that is a logical volume with a file system we know to mount', async () => {
    const { provider, lines } = lvm();
    expect(await provider.supports(bytes('/home/x'))).toEqual({
      id: '/dev/mapper/vg-home',
      root: '/home',
      inside: '/',
    });
    await provider.supports(bytes('/home/y'));
    expect(lines).toHaveLength(1);
    expect(await provider.supports(bytes('/etc/x'))).toBeUndefined();
    // The same file system twice is what btrfs must never see.
    expect(await provider.supports(bytes('/pool/x'))).toBeUndefined();
  });

  test('snapshot, mount read-only, paths below the mount; close takes all back', async () => {
    const { provider, changes } = lvm();
    const shadow = await openFor(provider, ['/home/x', '/srv/x']);
    expect(changes()).toEqual([
      `lvcreate --yes --snapshot --permission r --size ${10 * GIB}b --name ${OUR_NAME} vg/home`,
      `mount -t ext4 -o ro,norecovery,nosuid,nodev,noexec /dev/vg/${OUR_NAME} ${directory}`,
    ]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(asText(shadow.map(bytes('/home/a/b')))).toBe(`${directory}/a/b`);
    expect(asText(shadow.map(bytes('/srv/a')))).toBe(`${directory}/bob/a`);
    expect(shadow.map(bytes('/etc/a'))).toBeUndefined();
    await shadow.close();
    expect(changes().slice(2)).toEqual([`umount ${directory}`, `lvremove --yes vg/${OUR_NAME}`]);
    expect(existsSync(directory)).toBe(false);
  });

  test('xfs is mounted beside itself', async () => {
    const { provider, changes } = lvm();
    const shadow = await openFor(provider, ['/var/x']);
    expect(changes()[1]).toContain('mount -t xfs -o ro,nouuid,norecovery,');
    await shadow.close();
  });

  test('a thin snapshot needs no room of its own', async () => {
    const { provider, changes } = lvm((line) =>
      line.endsWith('vg-home') ? report(volume('home', { segtype: 'thin', vg_free: '0' })) : undefined,
    );
    const shadow = await openFor(provider, ['/home/x']);
    expect(changes()[0]).toBe(
      `lvcreate --yes --snapshot --setactivationskip n --activate y --name ${OUR_NAME} vg/home`,
    );
    await shadow.close();
  });

  test.each([
    ['what is free', { vg_free: `${GIB}` }, GIB],
    ['not less than is good for anything', { lv_size: `${GIB}` }, GIB / 4],
    ['not more than the volume', { lv_size: `${GIB / 8}` }, GIB / 8],
  ])('the room for changes: %s', async (_, more, size) => {
    const { provider, changes } = lvm((line) =>
      line.endsWith('vg-home') ? report(volume('home', more)) : undefined,
    );
    const shadow = await openFor(provider, ['/home/x']);
    expect(changes()[0]).toContain(` --size ${size}b `);
    await shadow.close();
  });

  test('no room, no snapshot', async () => {
    const { provider, changes } = lvm((line) =>
      line.endsWith('vg-home') ? report(volume('home', { vg_free: '0' })) : undefined,
    );
    await expect(openFor(provider, ['/home/x'])).rejects.toThrow('the volume group vg has no free space');
    expect(changes().filter((line) => line.startsWith('lvcreate'))).toEqual([]);
    expect(existsSync(directory)).toBe(false);
  });

  test('a mount that fails leaves no snapshot and no directory', async () => {
    const { provider, changes } = lvm((line) => {
      if (line.startsWith('mount')) return { status: 32, stderr: 'mount: wrong fs type\n' };
      if (line.startsWith('umount')) return { status: 32, stderr: `umount: ${directory}: not mounted.\n` };
      return undefined;
    });
    await expect(openFor(provider, ['/home/x'])).rejects.toThrow(
      'the snapshot of home cannot be mounted: mount: mount: wrong fs type',
    );
    expect(changes().at(-1)).toBe(`lvremove --yes vg/${OUR_NAME}`);
    expect(existsSync(directory)).toBe(false);
  });

  test.each(['lvcreate', 'mount'])('a signal while %s runs leaves nothing', async (program) => {
    const stop = new AbortController();
    const { provider, changes } = lvm((line) => {
      if (line.startsWith(program)) stop.abort();
      return undefined;
    });
    await expect(openFor(provider, ['/home/x'], stop.signal)).rejects.toThrow('Interrupted');
    expect(changes().at(-1)).toBe(`lvremove --yes vg/${OUR_NAME}`);
    expect(changes().some((line) => line.startsWith('umount'))).toBe(program === 'mount');
    expect(existsSync(directory)).toBe(false);
  });

  test('a busy mount is tried again; one that stays is told, with its directory', async () => {
    let busy = 2;
    const { provider, changes } = lvm((line) =>
      line.startsWith('umount') && busy-- > 0 ? { status: 32, stderr: 'umount: target is busy.' } : undefined,
    );
    await (await openFor(provider, ['/home/x'])).close();
    expect(changes().filter((line) => line.startsWith('umount'))).toHaveLength(3);

    const stuck = lvm((line) =>
      line.startsWith('umount') ? { status: 1, stderr: 'umount: denied' } : undefined,
    );
    const shadow = await openFor(stuck.provider, ['/home/x']);
    await expect(shadow.close()).rejects.toThrow(`${directory} cannot be unmounted: umount: umount: denied`);
    // The rest was tried all the same.
    expect(stuck.changes().at(-1)).toBe(`lvremove --yes vg/${OUR_NAME}`);
  });

  test('who is not root is told so', async () => {
    const { provider, lines } = lvm(undefined, { elevated: false });
    await expect(provider.supports(bytes('/home/x'))).rejects.toThrow(/^not elevated/);
    expect(await provider.supports(bytes('/etc/x'))).toBeUndefined();
    expect(await provider.leftovers()).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('leftovers are unmounted and removed, only those whose process is gone', async () => {
    const left = `${mountsBelow}/${LEFT_NAME}`;
    mkdirSync(left);
    const mounts = [...mountLines, `9 1 253:9 / ${left} ro - ext4 /dev/mapper/x ro`];
    const all = [volume('home'), volume(LEFT_NAME), volume(OTHERS_NAME), volume(OUR_NAME)];
    const { provider, changes } = lvm((line) => (line.endsWith('segtype') ? report(...all) : undefined), {
      mounts,
    });
    const found = await provider.leftovers();
    expect(found.map(({ name, made }) => [name, made])).toEqual([[`vg/${LEFT_NAME}`, new Date(900)]]);
    await found[0]?.remove();
    expect(changes()).toEqual([`umount ${left}`, `lvremove --yes vg/${LEFT_NAME}`]);
    expect(existsSync(left)).toBe(false);
  });

  test('without LVM there is none', async () => {
    const { provider } = lvm(() => 'missing');
    expect(await provider.supports(bytes('/home/x'))).toBeUndefined();
    expect(await provider.leftovers()).toEqual([]);
  });
});
