import { expect, test, vi } from 'vitest';
import { failureOf } from '../../src/download/failures.ts';
import { BmcloudError } from '../../src/errors.ts';
import { noise, useRig } from './rig.ts';

/** What writing to a file fails with from now on. */
const fault = vi.hoisted(() => ({ code: undefined as string | undefined, fired: 0 }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const writeSync = (...args: Parameters<typeof fs.writeSync>) => {
    if (fault.code === undefined) return fs.writeSync(...args);
    fault.fired++;
    throw systemError(fault.code);
  };
  return { ...fs, writeSync };
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: no`), { code, errno: -1 });
}

const rig = useRig();

test.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EROFS', 'target'],
  ['EIO', 'target'],
])('%s while writing ends the restore with %s; a second run completes it', async (system, code) => {
  const { writeFileSync } = await vi.importActual<typeof import('node:fs')>('node:fs');
  for (let i = 0; i < 10; i++) writeFileSync(rig.inSource(`file-${i}`), noise(200_000, i));
  await rig.push();
  Object.assign(fault, { code: system, fired: 0 });
  const broken = await rig.run().catch((error: unknown) => error);
  fault.code = undefined;
  expect(broken).toMatchObject({ code });
  expect(fault.fired).toBeGreaterThan(0);
  expect(await rig.run({ verify: true })).toMatchObject({ failed: [], verified: 10 });
});

test('what concerns one file is a failure of that file; what nobody foresaw is none', () => {
  expect(failureOf(systemError('EACCES'))).toMatchObject({ code: 'EACCES' });
  expect(failureOf(new BmcloudError('damaged', 'bits'))).toEqual({ code: 'damaged', reason: 'bits' });
  expect(() => failureOf(new BmcloudError('store-unreachable', 'gone'))).toThrow('gone');
  expect(() => failureOf(new TypeError('bug'))).toThrow('bug');
});
