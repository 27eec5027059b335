import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
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
const opened = (engine = 'this one') => {
  const scripts = new CompiledScripts({ file: file(), engine });
  expect(scripts.canKeep()).toBe(true);
  return scripts;
};
const SOURCE = 7;
const script = (code: string) => ({ code: Buffer.from(code), sourceSum: SOURCE });
/** What is kept of a script, as text. */
const keptOf = (name: string, scripts = opened()) => scripts.of(name, SOURCE)?.toString();
const all = () => true;

test('code comes back by the name of its script', () => {
  opened().keep(
    new Map([
      ['a', script('code of a')],
      ['b', script('b')],
    ]),
    all,
  );
  const again = opened();
  expect(['a', 'b', 'c'].map((name) => keptOf(name, again))).toEqual(['code of a', 'b', undefined]);
  if (!isWindows) expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('more is added to it, the larger of two stays, and what the program no longer has goes', () => {
  opened().keep(
    new Map([
      ['a', script('aaaa')],
      ['b', script('b')],
      ['old', script('old')],
    ]),
    all,
  );
  opened().keep(
    new Map([
      ['a', script('a')],
      ['b', script('bbbb')],
      ['c', script('c')],
    ]),
    (name) => name !== 'old',
  );
  const again = opened();
  expect(['a', 'b', 'c', 'old'].map((name) => keptOf(name, again))).toEqual(['aaaa', 'bbbb', 'c', undefined]);
});

test('code of another engine, or that V8 did not take, is made anew', () => {
  opened('another').keep(new Map([['a', script('another')]]), all);
  expect(keptOf('a')).toBeUndefined();
  const refused = opened('another');
  refused.drop('a');
  expect(refused.suffices(['a'])).toBe(false);
  refused.keep(new Map([['a', script('own')]]), all);
  expect(keptOf('a', opened('another'))).toBe('own');
});

test.skipIf(isWindows)('what somebody else can write is not run', () => {
  opened().keep(new Map([['a', script('a')]]), all);
  for (const mode of [0o620, 0o602]) {
    chmodSync(file(), mode);
    expect(keptOf('a')).toBeUndefined();
  }
  chmodSync(file(), 0o600);
  expect(keptOf('a')).toBe('a');
});

test.skipIf(process.getuid?.() !== 0)('what is somebody else’s is not run', () => {
  opened().keep(new Map([['a', script('a')]]), all);
  chownSync(file(), 65_534, 65_534);
  expect(keptOf('a')).toBeUndefined();
});

test('code that cannot be written leaves nothing behind, and goes nowhere through a link', () => {
  mkdirSync(file(), { recursive: true });
  writeFileSync(join(file(), 'in the way'), '');
  expect(() => opened().keep(new Map([['a', script('a')]]), all)).toThrow();
  expect(readdirSync(join(directory, 'code'))).toEqual(['program']);
});

test('code of another source is none', () => {
  opened().keep(new Map([['a', script('long code')]]), all);
  const again = opened();
  expect(again.of('a', SOURCE + 1)).toBeUndefined();
  expect(again.suffices(['a'])).toBe(false);
  again.keep(new Map([['a', { code: Buffer.from('short'), sourceSum: SOURCE + 1 }]]), all);
  expect(
    opened()
      .of('a', SOURCE + 1)
      ?.toString(),
  ).toBe('short');
});

test('it suffices for a week, where there is code of every script', () => {
  expect(opened().suffices([])).toBe(false);
  opened().keep(new Map([['a', script('a')]]), all);
  expect(opened().suffices(['a'])).toBe(true);
  expect(opened().suffices(['a', 'b'])).toBe(false);
  const before = Date.now() / 1000 - 8 * 24 * 60 * 60;
  utimesSync(file(), before, before);
  expect(opened().suffices(['a'])).toBe(false);
});

test('nothing that is damaged is taken for code', () => {
  opened().keep(
    new Map([
      ['a', script('code of a')],
      ['b', script('code of b')],
    ]),
    all,
  );
  const whole = readFileSync(file());
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ 0x10;
    writeFileSync(file(), bytes);
    expect([undefined, 'code of a']).toContain(keptOf('a'));
    expect([undefined, 'code of b']).toContain(keptOf('b'));
  }
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file(), whole.subarray(0, length));
    expect([undefined, 'code of a']).toContain(keptOf('a'));
    expect([undefined, 'code of b']).toContain(keptOf('b'));
  }
});
