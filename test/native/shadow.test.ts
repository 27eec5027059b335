import { platform } from 'node:os';
import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/native/addon.ts';
import { loadShadowAddon, type NativeShadow, volumeShadowCopies } from '../../src/native/shadow.ts';

const asked: string[] = [];
const failed = Object.assign(new Error('Another program is creating a snapshot'), {
  step: 'StartSnapshotSet',
  hresult: 0x80042316,
  transient: true,
});

/** An addon whose every step fails in the same way, but for the making if `shadows` is given. */
function addon(made = false): NativeShadow {
  const fail = () => Promise.reject(failed);
  return {
    createShadow: made ? async () => ({ shadows: [], warnings: [], close: fail }) : fail,
    volumeOf(path) {
      asked.push(path);
      if (path.startsWith('Q:')) throw failed;
      return 'C:\\';
    },
    isElevated: () => true,
  };
}

const expected = {
  code: 'source-unreadable',
  message: failed.message,
  transient: true,
  data: { step: 'StartSnapshotSet', hresult: 0x80042316 },
};

describe.skipIf(platform() === 'win32')('elsewhere than on Windows', () => {
  test('there is no addon, and a reason', () => {
    expect(loadAddon()).toEqual({ reason: 'not on this system', isMissed: false });
    expect(loadShadowAddon()).toBeUndefined();
  });
});

test('failures keep their step and number', async () => {
  await expect(volumeShadowCopies(addon()).createShadow(['C:\\'], { timeoutMs: 1 })).rejects.toMatchObject(
    expected,
  );
  const made = await volumeShadowCopies(addon(true)).createShadow(['C:\\'], { timeoutMs: 1 });
  await expect(made.close()).rejects.toMatchObject(expected);
  await expect(volumeShadowCopies(addon()).volumeOf('Q:\\a')).rejects.toMatchObject(expected);
});

test('an interruption is told as one', async () => {
  const making = volumeShadowCopies(addon()).createShadow([], { timeoutMs: 1, signal: AbortSignal.abort() });
  await expect(making).rejects.toMatchObject({ code: 'interrupted' });
});

test.each([
  ['C:\\Users\\a', 'C:\\'],
  ['\\\\?\\C:\\Users\\a', 'C:\\'],
  ['\\\\?\\Volume{0}\\a', 'C:\\'],
  ['\\\\server\\share\\a', undefined],
  ['//server/share/a', undefined],
  ['\\\\?\\UNC\\server\\share\\a', undefined],
])('the volume of %s', async (path, volume) => {
  asked.length = 0;
  expect(await volumeShadowCopies(addon()).volumeOf(path)).toBe(volume);
  expect(asked).toEqual(volume ? [path] : []);
});
