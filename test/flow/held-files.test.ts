import { expect, test } from 'vitest';
import { whenFree, whenFreeSync } from '../../src/flow/held-files.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

/** Fails with each of `codes`, then succeeds. */
function failing(...codes: string[]) {
  return () => {
    const code = codes.shift();
    if (code) throw failure(code);
    return 'done';
  };
}

test('a file that is held is waited for', async () => {
  const waited: number[] = [];
  const act = failing('EPERM', 'EBUSY', 'EACCES');
  const done = whenFree(
    async () => act(),
    [1, 2, 3],
    async (wait) => void waited.push(wait),
  );
  expect(await done).toBe('done');
  expect(waited).toHaveLength(3);
  waited.forEach((wait, i) => {
    expect(wait).toBeGreaterThanOrEqual((i + 1) / 2);
    expect(wait).toBeLessThanOrEqual(i + 1);
  });
  expect(whenFreeSync(failing('EPERM', 'EBUSY'), [0, 0])).toBe('done');
});

test('but not for ever', async () => {
  const codes = ['EPERM', 'EPERM', 'EPERM'];
  await expect(whenFree(async () => failing(...codes)(), [0, 0])).rejects.toMatchObject({ code: 'EPERM' });
  const act = failing(...codes);
  expect(() => whenFreeSync(act, [0, 0])).toThrow('EPERM');
});

test('other failures are told at once', async () => {
  const act = failing('ENOSPC');
  await expect(whenFree(async () => act(), [0])).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(() => whenFreeSync(failing('ENOENT'), [0])).toThrow('ENOENT');
});
