import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  isShadowError,
  loadShadowAddon,
  type NativeShadow,
  type NativeShadows,
} from '../../../src/native/shadow.ts';
import { type Faults, haveStandIns, lockFile, snapshotsOf, volume, withFaults } from './stand-ins.ts';

/*
 * The addon's way through VSS, call by call, against the strict stand-in.
 */

describe.skipIf(!haveStandIns)('snapshots of Windows', () => {
  const folder = `${volume}shadow-test-${process.pid}`;
  const native = haveStandIns ? (loadShadowAddon() as NativeShadow) : ({} as NativeShadow);
  const create = (timeoutMs = 20_000) => native.createShadow([volume], { timeoutMs });

  beforeAll(() => mkdirSync(folder));
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => expect(snapshotsOf(process.pid)).toEqual([]));

  const deviceOf = ({ shadows }: NativeShadows) => shadows[0]?.device as string;

  test('a locked file is read from one', async () => {
    const file = `${folder}\\a file.txt`;
    writeFileSync(file, 'as it was');
    const lock = await lockFile(file);
    expect(() => readFileSync(file)).toThrow('EBUSY');
    const made = await create();
    await lock.release();
    writeFileSync(file, 'as it is');
    const frozen = `${deviceOf(made)}\\${file.slice(volume.length)}`;
    expect(made).toMatchObject({ shadows: [{ volume }], warnings: [] });
    expect(deviceOf(made)).toMatch(/^\\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy\d+$/);
    expect(readFileSync(frozen, 'utf8')).toBe('as it was');
    expect(readdirSync(`${deviceOf(made)}\\`)).toContain(folder.slice(volume.length));
    await Promise.all([made.close(), made.close()]);
    expect(existsSync(frozen)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('as it is');
  });

  const writers = ['GatherWriterStatus', 'GetWriterStatusCount', 'GetWriterStatus', 'FreeWriterStatus'];
  const making = [
    'CreateVssBackupComponents',
    'InitializeForBackup',
    'SetContext',
    'SetBackupState',
    'GatherWriterMetadata',
    'FreeWriterMetadata',
    'IsVolumeSupported',
    'StartSnapshotSet',
    'AddToSnapshotSet',
    'PrepareForBackup',
    ...writers,
    'DoSnapshotSet',
    ...writers,
    'GetSnapshotProperties',
  ];

  test('the calls come in their order, on one thread', async () => {
    const calls = await withFaults({}, async () => (await create()).close());
    const closing = ['BackupComplete', 'DeleteSnapshots', 'Release'];
    expect(calls).toEqual([...making, 'VssFreeSnapshotProperties', ...closing]);
  });

  /** What VSS answers, and what we say: the table of docs/windows.md. */
  const answers: [step: string, code: string, message: RegExp, transient?: boolean][] = [
    ['CreateVssBackupComponents', '80070005', /need an elevated process/],
    ['CreateVssBackupComponents', '8007007e', /VSS is not available/],
    ['CreateVssBackupComponents', '80004001', /VSS is not available/],
    ['SetBackupState', '80042301', /out of order.*report it/],
    ['@GatherWriterMetadata', '80042302', /Application event log/],
    ['AddToSnapshotSet', '80042304', /provider is not installed \(T:\\\)/],
    ['AddToSnapshotSet', '80042306', /provider refused right now \(T:\\\)/, true],
    ['IsVolumeSupported', '80042308', /does not know this volume or snapshot \(T:\\\)/],
    ['IsVolumeSupported', '8004230c', /does not support snapshots.*exFAT.*\(T:\\\)/],
    ['AddToSnapshotSet', '8004230d', /in the set of snapshots already/],
    ['AddToSnapshotSet', '8004230e', /does not support snapshots.*\(T:\\\)/],
    ['@DoSnapshotSet', '8004230f', /provider failed/, true],
    ['AddToSnapshotSet', '80042312', /too many volumes/i],
    ['@DoSnapshotSet', '80042313', /too busy to write/, true],
    ['@DoSnapshotSet', '80042314', /too busy to hold writes back/, true],
    ['AddToSnapshotSet', '80042317', /too many snapshots.*vssadmin/],
    ['GatherWriterMetadata', '80042318', /services VSS and COM\+ Event System/],
    ['@PrepareForBackup', '80042319', /writer does not answer/, true],
    ['@DoSnapshotSet', '8004231f', /No room.*vssadmin list shadowstorage/],
    ['@DoSnapshotSet', '80042327', /needs a restart/],
    ['@DoSnapshotSet', '80042328', /transaction manager/, true],
    ['@DoSnapshotSet', '80042329', /transaction manager/, true],
    ['AddToSnapshotSet', '8004232c', /nested virtual disk/],
    ['DoSnapshotSet', '800423f0', /inconsistent/, true],
    ['DoSnapshotSet', '800423f1', /out of memory/, true],
    ['DoSnapshotSet', '800423f2', /took too long/, true],
    ['DoSnapshotSet', '800423f3', /may not the next time/, true],
    ['DoSnapshotSet', '800423f4', /would again/],
    ['DoSnapshotSet', '80049999', /^DoSnapshotSet failed with 0x80049999$/],
  ];

  test.each(answers)('%s answers %s', async (step, code, message, transient = false) => {
    const calls = await withFaults({ FAIL: `${step}:${code}` }, async () => {
      const failure = await create().catch((error: unknown) => error);
      expect(isShadowError(failure)).toBe(true);
      expect(failure).toMatchObject({
        step: step.replace('@', ''),
        hresult: Number.parseInt(code, 16),
        transient,
      });
      expect((failure as Error).message).toMatch(message);
    });
    expect(calls.filter((call) => call.startsWith('out of order'))).toEqual([]);
  });

  const started = ['GatherWriterMetadata', 'PrepareForBackup', 'DoSnapshotSet'].map((step) => `@${step}`);
  const fatal = making.filter((step) => !writers.includes(step));

  test.each([...fatal, ...started])('after %s fails, all that was begun is ended', async (step) => {
    const calls = await withFaults({ FAIL: `${step}:80042302` }, async () => {
      await expect(create()).rejects.toMatchObject({ step: step.replace('@', ''), hresult: 0x80042302 });
    });
    const prepared = ['DoSnapshotSet', '@DoSnapshotSet', 'GetSnapshotProperties'].includes(step);
    const ending = prepared ? ['AbortBackup', 'Release'] : ['Release'];
    const failed = making.indexOf(step.replace('@', ''));
    expect(calls).toEqual([
      ...making.slice(0, failed + 1),
      ...(step === 'CreateVssBackupComponents' ? [] : ending),
    ]);
  });

  test.each(['BackupComplete', '@BackupComplete', 'DeleteSnapshots'])(
    'after %s fails, the snapshot is gone all the same, and it is told',
    async (step) => {
      await withFaults({ FAIL: `${step}:80042302` }, async () => {
        const made = await create();
        await expect(made.close()).rejects.toMatchObject({
          step: step.replace('@', ''),
          hresult: 0x80042302,
        });
      });
    },
  );

  test.each([
    ['800423f0', 'VSS writer SqlServerWriter: its data would be inconsistent in the snapshot'],
    ['800423f1', 'VSS writer SqlServerWriter: ran out of memory or another resource'],
    ['800423f2', 'VSS writer SqlServerWriter: took too long'],
    ['800423f3', 'VSS writer SqlServerWriter: failed, and may not the next time'],
    ['800423f4', 'VSS writer SqlServerWriter: failed, and would again'],
    ['80070005', 'VSS writer SqlServerWriter: failed with 0x80070005'],
    ['0', 'VSS writer SqlServerWriter: failed at the freeze'],
  ])('a writer that failed with %s is a warning', async (code, warning) => {
    await withFaults({ WRITER: `SqlServerWriter:${code}` }, async () => {
      const made = await create();
      await made.close();
      expect(made.warnings).toEqual([warning]);
    });
  });

  test('writers that cannot be asked are a warning', async () => {
    await withFaults({ FAIL: '@GatherWriterStatus:80042318' }, async () => {
      const made = await create();
      await made.close();
      expect(made.warnings).toEqual([expect.stringMatching(/^How VSS writers fared is not known: /)]);
    });
  });

  test('another program making a snapshot is waited for', async () => {
    const calls = await withFaults({ FAIL: 'StartSnapshotSet:80042316*2' }, async () =>
      (await create()).close(),
    );
    expect(calls.filter((call) => call === 'StartSnapshotSet')).toHaveLength(3);
  });

  test('but not longer than the deadline', async () => {
    await withFaults({ FAIL: 'StartSnapshotSet:80042316' }, async () => {
      await expect(create(700)).rejects.toMatchObject({
        step: 'StartSnapshotSet',
        hresult: 0x80042316,
        message: 'Another program is creating a snapshot',
        transient: true,
      });
    });
  });

  test.each([
    ['GatherWriterMetadata', []],
    ['PrepareForBackup', []],
    ['DoSnapshotSet', ['AbortBackup']],
  ])('at the deadline %s is cancelled', async (step, abort) => {
    const calls = await withFaults({ DELAY_MS: `${step}:60000` }, async () => {
      await expect(create(1500)).rejects.toMatchObject({
        step,
        hresult: 0x800705b4,
        message: 'The snapshot was not ready in time (1500 ms)',
        transient: true,
      });
    });
    expect(calls.slice(making.indexOf(step))).toEqual([step, `Cancel ${step}`, ...abort, 'Release']);
  });

  test('what takes its time within the deadline is waited for', async () => {
    await withFaults({ DELAY_MS: '300' }, async () => (await create()).close());
  });

  test.each(['StartSnapshotSet', 'DoSnapshotSet'])('a signal ends %s', async (step) => {
    const faults = { FAIL: 'StartSnapshotSet:80042316', DELAY_MS: 'DoSnapshotSet:60000' };
    await withFaults(step === 'DoSnapshotSet' ? { DELAY_MS: faults.DELAY_MS } : faults, async () => {
      const signal = AbortSignal.timeout(400);
      await expect(native.createShadow([volume], { timeoutMs: 60_000, signal })).rejects.toMatchObject({
        step,
        hresult: 0x800704c7,
        message: 'The snapshot was cancelled',
      });
    });
  });

  test('a signal after the making changes nothing', async () => {
    const ending = new AbortController();
    const made = await native.createShadow([volume], { timeoutMs: 20_000, signal: ending.signal });
    ending.abort();
    expect(existsSync(`${deviceOf(made)}\\${folder.slice(volume.length)}`)).toBe(true);
    await made.close();
  });

  /** Sleeps with all of JavaScript: what is made meanwhile is told only after. */
  const sleepDeeply = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

  test.each([0, 1500])(
    'given up when they are made and not told yet, they can be closed, also after %d ms',
    async (ms) => {
      const ending = new AbortController();
      const making = native.createShadow([volume], { timeoutMs: 20_000, signal: ending.signal });
      sleepDeeply(1500);
      ending.abort();
      const made = await making;
      await new Promise((resolve) => setTimeout(resolve, ms));
      const hanging = new Promise((_, reject) =>
        setTimeout(() => reject(new Error('it hangs')), 10_000).unref(),
      );
      await Promise.race([made.close(), hanging]);
      await made.close();
      expect(existsSync(`${deviceOf(made)}\\${folder.slice(volume.length)}`)).toBe(false);
    },
  );

  test('a volume named twice is frozen once', async () => {
    const calls = await withFaults({}, async () => {
      const made = await native.createShadow([volume, 't:'], { timeoutMs: 20_000 });
      await made.close();
      expect(made.shadows).toHaveLength(1);
    });
    expect(calls.filter((call) => call === 'AddToSnapshotSet')).toHaveLength(1);
  });

  test('a volume without snapshots is left out and warned of', async () => {
    const made = await native.createShadow(['Z:\\', volume, 'Q:\\'], { timeoutMs: 20_000 });
    await made.close();
    expect(made.shadows).toMatchObject([{ volume }]);
    expect(made.warnings).toEqual([
      expect.stringMatching(/no such volume.*\(Q:\\\)/),
      expect.stringMatching(/not support snapshots.*\(Z:\\\)/),
    ]);
  });

  test.each([
    [['Z:\\'], 'IsVolumeSupported', 0x8004230c],
    [['Q:\\'], 'GetVolumeNameForVolumeMountPoint', 0x80070002],
    [['Z:\\', 'Q:\\'], 'GetVolumeNameForVolumeMountPoint', 0x80070002],
  ])('with nothing but %s there is nothing to do', async (volumes, step, hresult) => {
    await expect(native.createShadow(volumes, { timeoutMs: 20_000 })).rejects.toMatchObject({
      step,
      hresult,
    });
  });

  describe('volumes mounted below', () => {
    const disk = `${folder}\\disk\\`;
    const inner = `${disk}inner\\`;
    const again = `${folder}\\again\\`;
    beforeAll(() => {
      for (const path of [inner, again]) mkdirSync(path, { recursive: true });
      for (const path of [disk, inner]) writeFileSync(`${path}where.txt`, path);
    });

    async function frozen(faults: Faults, volumes = [volume]) {
      const mounts: [string, string][] = [];
      let warnings: string[] = [];
      const calls = await withFaults(faults, async () => {
        const made = await native.createShadow(volumes, { timeoutMs: 20_000 });
        warnings = made.warnings;
        for (const { volume: path, device } of made.shadows.slice(1))
          mounts.push([path, readFileSync(`${device}\\where.txt`, 'utf8')]);
        await made.close();
      });
      return { mounts, warnings, added: calls.filter((call) => call === 'AddToSnapshotSet').length };
    }

    test('are frozen in the same set, at any depth', async () => {
      expect(await frozen({ MOUNTS: `${disk};${inner}` })).toEqual({
        mounts: [
          [disk, disk],
          [inner, inner],
        ],
        warnings: [],
        added: 3,
      });
    });

    test('are frozen once, though mounted twice', async () => {
      const twice = await frozen({ MOUNTS: `${disk};${again}=${disk}` }, [volume, disk]);
      expect(twice).toEqual({
        mounts: [
          [disk, disk],
          [again, disk],
        ],
        warnings: [],
        added: 2,
      });
    });

    test('have an end, though one is mounted in itself', async () => {
      expect(await frozen({ MOUNTS: `${again}=${volume};${disk};${inner}=${disk}` })).toEqual({
        mounts: [[disk, disk]],
        warnings: [],
        added: 2,
      });
    });

    test('are left out where they have no snapshots', async () => {
      expect(await frozen({ MOUNTS: `${disk};${inner}`, UNSUPPORTED: disk })).toMatchObject({
        mounts: [[inner, inner]],
        warnings: [expect.stringContaining(`(${disk})`)],
      });
    });

    test('that Windows does not name are warned of', async () => {
      expect(await frozen({ MOUNTS: disk, FAIL: 'FindFirstVolumeMountPoint:80070015' })).toMatchObject({
        mounts: [],
        warnings: ['The device of the volume is not ready (T:\\)'],
      });
    });
  });

  test('two at once', async () => {
    const [first, second] = await Promise.all([create(), create()]);
    expect(deviceOf(first)).not.toBe(deviceOf(second));
    await Promise.all([first.close(), second.close()]);
  });

  test('what is not a request is refused', () => {
    const untyped = native as unknown as { createShadow(...args: unknown[]): unknown };
    for (const args of [[], ['T:\\'], [[], { timeoutMs: 1 }], [[1], { timeoutMs: 1 }], [['T:\\'], {}]])
      expect(() => untyped.createShadow(...args)).toThrow(TypeError);
  });

  test('the volume of a path', () => {
    expect(native.volumeOf(`${folder}\\x\\y`)).toBe(volume);
    expect(native.volumeOf(`\\\\?\\${folder}`)).toBe(volume);
    expect(native.isElevated()).toBe(true);
  });
});
