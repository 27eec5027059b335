import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { btrfsShadows } from '../../src/shadow/btrfs.ts';
import { systemMounts } from '../../src/shadow/mounts.ts';
import { isShadowName, shadowNames } from '../../src/shadow/names.ts';
import { realPaths } from '../../src/shadow/real-path.ts';
import { type RunProgram, runProgram } from '../../src/shadow/run.ts';
import { Shadows } from '../../src/shadow/shadows.ts';
import { linuxProviders, systemShadows } from '../../src/shadow/system.ts';
import { btrfsImage } from './btrfs-image.ts';
import { LEFT_NAME, mountsOf, names, OTHERS_NAME, recordedRun } from './made-up.ts';

const made = btrfsImage();
const why = typeof made === 'string' ? made : undefined;
if (why) console.info(`btrfs is not tried for real: ${why}`);
const image = typeof made === 'string' ? { top: '', home: '', btrfs: () => '', remove: () => {} } : made;
afterAll(() => image.remove());

const bytes = (path: string): Uint8Array => Buffer.from(path);
const timeoutMs = 60_000;
const ourSnapshots = (): string[] =>
  Array.from(
    image.btrfs('subvolume', 'list', '-s', image.top).matchAll(/([^/ \n]+)$/gm),
    ([name]) => name,
  ).filter(isShadowName);

let warnings: string[] = [];
let shadows: Shadows;
beforeEach(() => {
  warnings = [];
  shadows = systemShadows({ timeoutMs, warn: (warning) => warnings.push(warning) });
});

async function frozen(path: string | Uint8Array): Promise<Buffer> {
  const found = await shadows.pathInShadow(typeof path === 'string' ? bytes(path) : path);
  if ('unavailable' in found) throw new Error(found.unavailable);
  return Buffer.from(found.path);
}

describe.skipIf(why !== undefined)('btrfs, for real', () => {
  test('a file reads as it was when the shadow was made, and close removes all', async () => {
    writeFileSync(`${image.top}/a`, 'before');
    const path = await frozen(`${image.top}/a`);
    writeFileSync(`${image.top}/a`, 'after');
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(() => writeFileSync(path, 'x')).toThrow(/EROFS/);
    expect(ourSnapshots()).toHaveLength(1);
    await shadows.close();
    expect(ourSnapshots()).toEqual([]);
    expect(existsSync(path)).toBe(false);
    expect(warnings).toEqual([]);
  });

  test('a path below a nested subvolume is read from that', async () => {
    mkdirSync(`${image.home}/nested/deep`, { recursive: true });
    writeFileSync(`${image.home}/nested/deep/file`, 'nested');
    writeFileSync(`${image.home}/file`, 'outer');
    await shadows.openFor([bytes(image.home)]);
    expect(ourSnapshots()).toHaveLength(1);
    expect(readFileSync(await frozen(`${image.home}/nested/deep/file`), 'utf8')).toBe('nested');
    expect(readFileSync(await frozen(`${image.home}/file`), 'utf8')).toBe('outer');
    expect(readdirSync(await frozen(`${image.home}/nested`))).toContain('deep');
    expect(ourSnapshots()).toHaveLength(2);
    await shadows.close();
    expect(ourSnapshots()).toEqual([]);
  });

  test('a subvolume that is mounted twice is read wherever it is asked for', async () => {
    writeFileSync(`${image.home}/twice`, 'before');
    const paths = [await frozen(`${image.home}/twice`), await frozen(`${image.top}/home/twice`)];
    writeFileSync(`${image.home}/twice`, 'after');
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['before', 'before']);
    await shadows.close();
    expect(ourSnapshots()).toEqual([]);
  });

  test('links among the directories are followed; names need not be text; what is gone by now is found', async () => {
    const odd = Buffer.concat([bytes(`${image.home}/`), Buffer.from([0xff, 0x80])]);
    writeFileSync(odd, 'odd');
    mkdirSync(`${image.home}/away`, { recursive: true });
    symlinkSync(`${image.home}/away`, `${image.top}/link`);
    expect(readFileSync(await frozen(odd), 'utf8')).toBe('odd');
    const path = await frozen(`${image.top}/link/not/there`);
    expect(path.toString()).toMatch(new RegExp(`^${image.home}/\\.bmcloud-shadow-[^/]+/away/not/there$`));
    await shadows.openFor([bytes(`${image.top}/link`)]);
    expect(ourSnapshots()).toHaveLength(1);
    await shadows.close();
  });

  test('askers at once share one shadow', async () => {
    const paths = await Promise.all(Array.from({ length: 20 }, (_, i) => frozen(`${image.top}/file-${i}`)));
    expect(new Set(paths.map((path) => path.toString().replace(/\/file-\d+$/, ''))).size).toBe(1);
    expect(ourSnapshots()).toHaveLength(1);
    await shadows.close();
    expect(ourSnapshots()).toEqual([]);
  });

  test('close also removes what is only being made', async () => {
    const underWay = shadows.pathInShadow(bytes(`${image.top}/a`));
    await new Promise((resolve) => setTimeout(resolve, 2));
    await shadows.close();
    await underWay;
    expect(ourSnapshots()).toEqual([]);
    expect(await shadows.pathInShadow(bytes(`${image.top}/a`))).toEqual({
      unavailable: 'the push has ended',
    });
  });

  test.each([0, 1])('a signal while snapshot %i is made leaves none', async (which) => {
    const stop = new AbortController();
    let snapshots = 0;
    const run: RunProgram = (argv, options) => {
      if (argv.includes('snapshot') && snapshots++ === which) stop.abort();
      return runProgram(argv, options);
    };
    const provider = btrfsShadows({ run, mounts: systemMounts(), names: shadowNames(), elevated: true });
    const volumes = await Promise.all(
      [image.home, `${image.home}/nested`].map((path) => provider.supports(bytes(path))),
    );
    const opening = provider.open(
      volumes.flatMap((volume) => volume ?? []),
      { timeoutMs, signal: stop.signal },
    );
    await expect(opening).rejects.toThrow('Interrupted');
    expect(snapshots).toBe(which + 1);
    expect(ourSnapshots()).toEqual([]);
  });

  test('one volume that fails takes the others with it, and is named', async () => {
    const provider = linuxProviders()[0]!;
    const volumes = [image.home, `${image.home}/no-subvolume`].map((id) => ({ id, root: id, inside: '/' }));
    await expect(provider.open(volumes, { timeoutMs })).rejects.toThrow(
      /no-subvolume cannot be frozen: btrfs: /,
    );
    expect(ourSnapshots()).toEqual([]);
  });

  test('what a killed process left is found and removed; that of a running one is left alone', async () => {
    writeFileSync(`${image.home}/nested/kept`, 'x');
    await frozen(`${image.top}/mine`);
    const left = await snapshotOfKilledChild(`${image.home}/nested/kept`);
    expect(ourSnapshots()).toHaveLength(2);
    const found = await shadows.leftovers();
    expect(found.map(({ name }) => name.split('/').at(-1))).toEqual([left.split('/').at(-2)]);
    expect(Math.abs((found[0]?.made.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await shadows.removeLeftovers()).toHaveLength(1);
    expect(ourSnapshots()).toHaveLength(1);
    expect(await shadows.removeLeftovers()).toEqual([]);
    await shadows.close();
    expect(ourSnapshots()).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('where only a part of a subvolume is mounted there is none', async () => {
    const part = `${image.top}/part`;
    mkdirSync(part);
    mkdirSync(`${image.home}/plain`);
    execFileSync('mount', ['--bind', `${image.home}/plain`, part]);
    try {
      expect(await shadows.pathInShadow(bytes(`${part}/x`))).toEqual({
        unavailable: `only a part of a btrfs subvolume is mounted at ${part}`,
      });
    } finally {
      execFileSync('umount', [part]);
    }
    expect(ourSnapshots()).toEqual([]);
  });

  test('what is not on btrfs is told with its reason', async () => {
    expect(await shadows.pathInShadow(bytes('/proc/version'))).toEqual({
      unavailable: 'proc (proc), mounted at /proc, has no snapshots',
    });
  });
});

/** @returns the frozen path that it printed before it was killed */
async function snapshotOfKilledChild(path: string): Promise<string> {
  const system = new URL('../../src/shadow/system.ts', import.meta.url).href;
  const script = `
    const { systemShadows } = await import('${system}');
    const shadows = systemShadows({ timeoutMs: 60000, warn: console.error });
    const found = await shadows.pathInShadow(Buffer.from(process.argv[1]));
    process.stdout.write(found.path ?? found.unavailable);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'close');
  return printed.toString();
}

describe('btrfs, by recorded commands', () => {
  const mounts = mountsOf(
    '1 0 0:9 / / rw - ext4 /dev/sda1 rw',
    '2 1 0:40 /home /home rw - btrfs /dev/sdb rw',
  );
  const find = async (_: Uint8Array, point: Uint8Array) => Buffer.from(point);

  test('who may not remove snapshots makes none', async () => {
    const { run, lines } = recordedRun();
    const provider = btrfsShadows({ run, mounts, names: names(), elevated: false }, find);
    await expect(provider.supports(bytes('/home/a'))).rejects.toThrow(/^not elevated/);
    expect(await provider.supports(bytes('/etc'))).toBeUndefined();
    expect(await provider.leftovers()).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('a leftover is found through whatever mount shows it', async () => {
    const top = realpathSync(mkdtempSync(join(tmpdir(), 'shadow-views-')));
    const snapshots = [`${top}/home/.${LEFT_NAME}`, `${top}/srv/web/.${LEFT_NAME.replace('beef', 'ace')}`];
    for (const path of snapshots) mkdirSync(path, { recursive: true });
    const views = mountsOf(
      `2 1 0:40 /@home ${top}/home rw - btrfs /dev/sdb rw`,
      `3 1 0:40 /@srv ${top}/srv rw - btrfs /dev/sdb rw`,
      `4 1 0:41 / ${top}/else rw - btrfs /dev/sdc rw`,
    );
    // The one below the mount is told from there, the other from the top of the file system.
    const listed = [
      `.${LEFT_NAME}`,
      `@srv/web/.${LEFT_NAME.replace('beef', 'ace')}`,
      `.${OTHERS_NAME}`,
      'daily',
    ];
    const stdout = listed.map(
      (path, i) => `ID ${i} gen 7 cgen 7 top level 5 otime 2026-11-21 07:39:06 path ${path}\n`,
    );
    const { run, lines } = recordedRun((line) =>
      line.endsWith(`list -s ${top}/home`) ? { stdout: stdout.join('') } : undefined,
    );
    const provider = btrfsShadows({ run, mounts: views, names: names(), elevated: true });
    const found = await provider.leftovers();
    expect(found.map(({ name }) => name)).toEqual(snapshots);
    for (const left of found) await left.remove();
    expect(lines.slice(-2)).toEqual(snapshots.map((path) => `btrfs subvolume delete ${path}`));
    rmSync(top, { recursive: true });
  });

  test('without the program there is no shadow and nothing left over', async () => {
    const { run } = recordedRun(() => 'missing');
    const provider = btrfsShadows({ run, mounts, names: names(), elevated: true }, find);
    expect(await provider.leftovers()).toEqual([]);
    const keeper = new Shadows([provider], {
      timeoutMs,
      warn: () => {},
      paths: { realPath: realPaths(), whyNone: async () => 'no' },
    });
    expect(await keeper.pathInShadow(bytes('/home/a'))).toEqual({
      unavailable: '/home cannot be frozen: the program btrfs is not installed',
    });
  });
});
