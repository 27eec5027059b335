import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { explainRules } from '../src/explain-rules.ts';
import type { Rules } from '../src/rules/rules.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-explain-')));
  mkdirSync(join(root, 'one', 'deep'), { recursive: true });
  mkdirSync(join(root, 'two'));
  writeFileSync(join(root, 'one', 'deep', '.bmcloudignore'), '# what nobody needs\n*.tmp\n');
  writeFileSync(join(root, 'one', 'deep', 'a.tmp'), '');
});
afterEach(() => rmSync(root, { recursive: true }));

const rules: Rules = { form: 'ordinary', lines: [], ignoreFiles: true, ifPresent: [] };

async function ask(paths: string[], sources = ['one', 'two']) {
  return await explainRules(paths, {
    sources,
    cwd: root,
    host: 'host',
    allowEmpty: false,
    oneFileSystem: false,
    excludeCaches: false,
    ownDirectories: [join(root, 'two')],
    rules,
  });
}

test('names the line of the ignore file that decides', async () => {
  const file = join(root, 'one', 'deep', '.bmcloudignore');
  expect(await ask(['one/deep/a.tmp'])).toEqual([
    {
      path: join(root, 'one', 'deep', 'a.tmp'),
      source: join(root, 'one'),
      included: false,
      tracked: false,
      decidedBy: { rule: '*.tmp', origin: `${file}:2` },
      why: `"*.tmp" (${file}:2) leaves out ${join(root, 'one', 'deep', 'a.tmp')}`,
    },
  ]);
});

test('finds the source that a path lies in, by absolute paths too', async () => {
  const answers = await ask([join(root, 'one', 'new'), 'one', 'two/x', 'three']);
  expect(answers.map(({ included, tracked }) => ({ included, tracked }))).toEqual([
    { included: true, tracked: true },
    { included: true, tracked: true },
    { included: false, tracked: false },
    { included: false, tracked: false },
  ]);
  expect(answers.map(({ why }) => why)).toEqual([
    'No rule leaves it out',
    'It is a source: that is always in',
    `${join(root, 'two')} is a directory of bmcloud's own`,
    `It lies in none of the sources (${join(root, 'one')}, ${join(root, 'two')})`,
  ]);
});
