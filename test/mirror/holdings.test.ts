import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Holdings } from '../../src/mirror/holdings.ts';
import type { Increment } from '../../src/mirror/increments.ts';
import { useMirror } from './rig.ts';

const rig = useMirror();
const names = ['backup_20260101_000001', 'backup_20260101_000002'];
/** In seconds. The first is even. */
const T = 1_700_000_000;

/** Where a file is found that was changed at a moment. @param fine the file system cuts no times off */
function find(
  files: Record<string, number>,
  seconds: number,
  { fine = false, heldBy }: { fine?: boolean; heldBy?: string } = {},
): string | undefined {
  const increments = names.map((name, i) => {
    const file = join(rig.to, name, `${name}.json`);
    put(file, fine ? T + 0.123456 : T);
    return { name, file, header: { number: i } } as Increment;
  });
  for (const [path, time] of Object.entries(files)) put(join(rig.to, path), time);
  const mtime = { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e3) * 1e6 };
  const entry = { path: Buffer.from('a'), size: 3, mtime, ...(heldBy !== undefined && { heldBy }) };
  return new Holdings(rig.to, increments)
    .find(entry, false)
    ?.toString()
    .slice(rig.to.length + 1);
}

function put(file: string, time: number): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, 'one');
  utimesSync(file, time, time);
}

const [first, second] = names.map((name) => join(name, 'deleted', 'a')) as [string, string];
const inMirror = join('mirror', 'a');

test('where times are whole, another time is another version, however near', () => {
  expect(find({ [inMirror]: T }, T + 1, { fine: true })).toBeUndefined();
  expect(find({ [inMirror]: T, [first]: T + 1 }, T + 1, { fine: true })).toBe(first);
});

test('where they are cut off, what its time was cut to is the version', () => {
  expect(find({ [inMirror]: T }, T + 1.7)).toBe(inMirror);
  expect(find({ [inMirror]: T }, T + 2.3)).toBeUndefined();
});

test('of several, the one of its very time; else of the time that was cut off; else the nearest', () => {
  expect(find({ [inMirror]: T + 2, [first]: T, [second]: T + 1.7 }, T + 1.7)).toBe(second);
});

test('rather cut off than rounded', () => {
  expect(find({ [inMirror]: T + 2, [first]: T }, T + 1.7)).toBe(first);
});

test('and rather where the record says that it is', () => {
  const [heldBy = ''] = names;
  const held = join(heldBy, 'track', 'a');
  expect(find({ [inMirror]: T, [held]: T + 2 }, T + 1.7, { heldBy })).toBe(held);
});

test('else the nearest: Windows rounds', () => {
  expect(find({ [inMirror]: T + 1.5, [first]: T + 4 }, T + 3.3)).toBe(first);
});

test('an increment that came from another file system has its own times', () => {
  const increments = names.map((name) => ({ name, file: join(rig.to, name, `${name}.json`) }) as Increment);
  put(increments[0]?.file as string, T);
  put(increments[1]?.file as string, T + 0.123456);
  put(join(rig.to, first), T);
  const entry = { path: Buffer.from('a'), size: 3, mtime: { seconds: T + 1, nanos: 5e8 } };
  expect(new Holdings(rig.to, increments).find(entry, false)).toBe(join(rig.to, first));
});
