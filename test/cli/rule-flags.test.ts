import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ruleOptions } from '../../src/cli/rule-flags.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bmcloud-rule-flags-'));
  writeFileSync(join(cwd, 'patterns'), '# mine\n*.a\n');
  writeFileSync(join(cwd, 'configured'), '*.b\n');
});
afterEach(() => rmSync(cwd, { recursive: true }));

test('flags come behind the configuration, files before what is written out', async () => {
  const flags = {
    iexclude: ['E'],
    exclude: ['d', '!c'],
    'exclude-file': ['patterns'],
    'exclude-if-present': ['y'],
  };
  const rules = await ruleOptions(
    flags,
    { cwd, platform: 'linux' },
    {
      excludeFiles: [join(cwd, 'configured')],
      exclude: ['c'],
      include: ['keep'],
      excludeIfPresent: ['x'],
      excludeLargerThan: 7,
    },
  );
  expect(rules.lines.map(({ text, origin, ignoreCase = false }) => [text, origin, ignoreCase])).toEqual([
    ['*.b', `${join(cwd, 'configured')}:1`, false],
    ['c', 'exclude', false],
    ['!keep', 'include', false],
    ['*.a', 'patterns:2', false],
    ['d', '--exclude', false],
    ['!c', '--exclude', false],
    ['E', '--iexclude', true],
  ]);
  expect(rules).toMatchObject({ ignoreFiles: true, ifPresent: ['x', 'y'], largerThan: 7 });
});

test('a flag wins where there can be one', async () => {
  const flags = { 'exclude-larger-than': '1K', 'ignore-files': false };
  const settings = { excludeLargerThan: 7, ignoreFiles: true };
  const rules = await ruleOptions(flags, { cwd, platform: 'linux' }, settings);
  expect(rules).toEqual({ form: 'ordinary', lines: [], ifPresent: [], ignoreFiles: false, largerThan: 1024 });
});

test.each([
  [{ exclude: ['a[b'] }, 'usage', /^--exclude: .* matches nothing$/],
  [{ 'exclude-file': ['nowhere'] }, 'config', /^Cannot read the patterns in .*nowhere/],
  [{ 'exclude-larger-than': 'much' }, 'usage', '--exclude-larger-than: "much" is not an amount of bytes'],
])('%j is refused', async (flags, code, message) => {
  const given = ruleOptions(flags, { cwd, platform: 'linux' });
  await expect(given).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('absolute paths of Windows are patterns there', async () => {
  const flags = { exclude: ['!D:\\data\\x', 'a\\b'] };
  const { lines } = await ruleOptions(flags, { cwd, platform: 'win32' });
  expect(lines.map(({ text }) => text)).toEqual(['!/D:/data/x', 'a\\b']);
});
