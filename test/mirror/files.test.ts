import { existsSync, linkSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { duplicate, moveFile } from '../../src/mirror/files.ts';
import { useMirror } from './rig.ts';

const rig = useMirror();
const at = (name: string) => join(rig.root, name);

test('two names of one file become one when it is moved', () => {
  writeFileSync(at('a'), 'one');
  linkSync(at('a'), at('b'));
  moveFile(at('a'), at('b'));
  expect(existsSync(at('a'))).toBe(false);
  expect(readFileSync(at('b'), 'utf8')).toBe('one');
});

test.each([true, false])('a duplicate has the same data, time and mode; hard links: %s', (hardLinks) => {
  writeFileSync(at('a'), 'one', { mode: 0o640 });
  duplicate(at('a'), at('b'), hardLinks);
  const [a, b] = [lstatSync(at('a'), { bigint: true }), lstatSync(at('b'), { bigint: true })];
  expect(a.ino === b.ino).toBe(hardLinks);
  expect({ mode: b.mode, size: b.size }).toEqual({ mode: a.mode, size: a.size });
  expect(Math.abs(Number(b.mtimeNs - a.mtimeNs))).toBeLessThan(2000);
});
