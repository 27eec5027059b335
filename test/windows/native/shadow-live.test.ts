import {
  closeSync,
  constants,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadShadowAddon, type NativeShadow, volumeShadowCopies } from '../../../src/native/shadow.ts';
import type { InShadow } from '../../../src/shadow/shadows.ts';
import { systemShadows } from '../../../src/shadow/system.ts';
import { lacks } from '../../fixtures/platform.ts';
import { haveStandIns, volume } from './stand-ins.ts';

/*
 * What holds for whatever VSS there is: the real one on a real Windows, the stand-in in the lane.
 */

/** Nobody else may open the file: a share mode of none (libuv's UV_FS_O_EXLOCK). */
const ALONE = 0x10000000;
const MINUTES = 60_000;

describe.skipIf(process.platform !== 'win32')('VSS', () => {
  const native = loadShadowAddon() as NativeShadow;
  const copies = native && volumeShadowCopies(native);
  const elevated = native?.isElevated();
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(haveStandIns ? volume : tmpdir(), 'vss-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.skipIf(!elevated)('reads what another handle holds', { timeout: 10 * MINUTES }, async () => {
    const file = join(folder, 'held.txt');
    writeFileSync(file, 'held');
    const handle = openSync(file, constants.O_RDWR | ALONE);
    expect(() => readFileSync(file)).toThrow('EBUSY');
    const root = (await copies.volumeOf(file)) as string;
    const made = await copies.createShadow([root], { timeoutMs: 5 * MINUTES });
    closeSync(handle);
    writeFileSync(file, 'free');
    const device = made.shadows.find((shadow) => shadow.volume === root)?.device as string;
    const frozen = `${device}\\${file.slice(root.length)}`;
    try {
      expect(readFileSync(frozen, 'utf8')).toBe('held');
      expect(String((await createReadStream(frozen).toArray())[0])).toBe('held');
      expect(statSync(frozen).size).toBe(4);
      expect(readdirSync(`${device}\\${folder.slice(root.length)}`)).toEqual(['held.txt']);
      expect(readdirSync(`${device}\\`).length).toBeGreaterThan(0);
    } finally {
      await made.close();
    }
    expect(() => statSync(frozen)).toThrow();
    expect(readFileSync(file, 'utf8')).toBe('free');
  });

  test.skipIf(!elevated || lacks('symlinks'))('reads the frozen file behind a junction', async () => {
    const [target, junction] = [join(folder, 'target'), join(folder, 'junction')];
    mkdirSync(target);
    writeFileSync(join(target, 'file'), 'frozen');
    symlinkSync(target, junction, 'junction');
    const shadows = systemShadows({ timeoutMs: 5 * MINUTES, warn: () => {}, copies });
    try {
      const found = await shadows.pathInShadow(Buffer.from(join(junction, 'file')));
      writeFileSync(join(target, 'file'), 'live');
      expect(found).toMatchObject({ provider: 'vss' });
      expect(readFileSync(Buffer.from((found as InShadow).path), 'utf8')).toBe('frozen');
    } finally {
      await shadows.close();
    }
  });

  test.skipIf(elevated)('says that it needs to be elevated', { timeout: 10 * MINUTES }, async () => {
    const root = (await copies.volumeOf(folder)) as string;
    await expect(copies.createShadow([root], { timeoutMs: 5 * MINUTES })).rejects.toMatchObject({
      code: 'source-unreadable',
      message: expect.stringContaining('elevated process'),
      data: { hresult: 0x80070005 },
    });
  });

  test('has no volume of a share', async () => {
    expect(await copies.volumeOf('\\\\server\\share\\file')).toBeUndefined();
  });
});
