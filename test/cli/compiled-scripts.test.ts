import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CompiledScripts } from '../../src/cli/compiled-scripts.ts';
import { isWindows } from '../fixtures/platform.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-scripts-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = () => join(directory, 'code', 'program');
const opened = (engine = 'this one') => new CompiledScripts({ file: file(), engine });
const code = (text: string) => Buffer.from(text);
const all = () => true;

test('code comes back by the name of its script, where V8 takes it from', () => {
  opened().keep(
    new Map([
      ['a', code('code of a')],
      ['b', code('b')],
    ]),
    all,
  );
  const again = opened();
  expect(again.of('a')).toEqual(code('code of a'));
  expect(again.of('b')).toEqual(code('b'));
  expect(again.of('c')).toBeUndefined();
  const origin = again.of('a')?.byteOffset as number;
  expect(((again.of('b')?.byteOffset as number) - origin) % 8).toBe(0);
  if (!isWindows) expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('more is added to it, the larger of two stays, and what the program no longer has goes', () => {
  opened().keep(
    new Map([
      ['a', code('aaaa')],
      ['b', code('b')],
      ['old', code('old')],
    ]),
    all,
  );
  opened().keep(
    new Map([
      ['a', code('a')],
      ['b', code('bbbb')],
      ['c', code('c')],
    ]),
    (name) => name !== 'old',
  );
  const again = opened();
  expect(['a', 'b', 'c', 'old'].map((name) => again.of(name)?.toString())).toEqual([
    'aaaa',
    'bbbb',
    'c',
    undefined,
  ]);
});

test('code of another engine, or that V8 did not take, is made anew', () => {
  opened('another').keep(new Map([['a', code('another')]]), all);
  expect(opened().of('a')).toBeUndefined();
  const refused = opened('another');
  refused.drop('a');
  expect(refused.suffices(['a'])).toBe(false);
  refused.keep(new Map([['a', code('own')]]), all);
  expect(opened('another').of('a')).toEqual(code('own'));
});

test('it suffices for a week, where there is code of every script', () => {
  expect(opened().suffices([])).toBe(false);
  opened().keep(new Map([['a', code('a')]]), all);
  expect(opened().suffices(['a'])).toBe(true);
  expect(opened().suffices(['a', 'b'])).toBe(false);
  const before = Date.now() / 1000 - 8 * 24 * 60 * 60;
  utimesSync(file(), before, before);
  expect(opened().suffices(['a'])).toBe(false);
});

test('nothing that is damaged is taken for code', () => {
  opened().keep(
    new Map([
      ['a', code('code of a')],
      ['b', code('code of b')],
    ]),
    all,
  );
  const whole = readFileSync(file());
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ 0x10;
    writeFileSync(file(), bytes);
    const { a, b } = { a: opened().of('a'), b: opened().of('b') };
    expect(a === undefined || a.equals(code('code of a'))).toBe(true);
    expect(b === undefined || b.equals(code('code of b'))).toBe(true);
  }
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file(), whole.subarray(0, length));
    expect([undefined, 'code of a']).toContain(opened().of('a')?.toString());
    expect([undefined, 'code of b']).toContain(opened().of('b')?.toString());
  }
});
