import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';

/*
 * A job in the short form of the scripts: what is mirrored is there as it is now, what is tracked as it was then.
 */

let home: CliHome;
const at = (...parts: string[]) => path.join(home.directory, ...parts);
const put = async (file: string, text: string) => {
  await mkdir(path.dirname(at('data', file)), { recursive: true });
  await writeFile(at('data', file), text);
};
const job = {
  src: 'data',
  include_dirs: ['music'],
  track_dirs: ['docs'],
  exclude_dirs: ['docs/tmp'],
  track_files: ['*.md'],
  exclude_files: ['*.bak:rec'],
};
beforeEach(async () => {
  home = await cliHome();
  for (const file of [
    'music/song',
    'docs/letter',
    'docs/letter.bak',
    'docs/tmp/x',
    'README.md',
    'other/file',
  ])
    await put(file, `first ${file}`);
  await writeFile(at('bmcloud.json'), JSON.stringify({ jobs: { mine: job } }));
});
afterEach(() => home.remove());

async function restored(...flags: string[]): Promise<Record<string, string>> {
  const to = at('to');
  await rm(to, { recursive: true, force: true });
  const { code, stderr } = await home.run(['restore', '--to', to, ...flags]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const files = (await readdir(to, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  const entries = files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    return [path.relative(to, file).replaceAll('\\', '/'), await readFile(file, 'utf8')];
  });
  return Object.fromEntries(await Promise.all(entries));
}

test('what is named is there, and nothing else', async () => {
  expect((await home.run(['push'])).code).toBe(0);
  expect(Object.keys(await restored()).toSorted()).toEqual(['README.md', 'docs/letter', 'music/song']);
});

test('of an earlier moment, what is tracked is as it was, what is mirrored as it is', async () => {
  await home.run(['push']);
  for (const file of ['music/song', 'docs/letter']) await put(file, 'second');
  await put('music/new', 'new');
  await rm(at('data', 'README.md'));
  await home.run(['push']);
  const { snapshots } = JSON.parse((await home.run(['snapshots', '--json'])).stdout);
  const first = ['--at', snapshots[0].id];
  expect(await restored(...first)).toEqual({
    'README.md': 'first README.md',
    'docs/letter': 'first docs/letter',
    'music/new': 'new',
    'music/song': 'second',
  });
  expect(Object.keys(await restored(...first, '--tracked-only')).toSorted()).toEqual([
    'README.md',
    'docs/letter',
  ]);
  const { stderr } = await home.run(['restore', '--to', at('again'), ...first]);
  expect(stderr).toContain(`comes from the newest snapshot, ${snapshots[1].id}`);
  // What is left out is not too much.
  const both = ['--tracked-only', '--delete', '--yes'];
  const refused = await home.run(['restore', '--to', at('again'), ...both]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('would be deleted') });
});

async function marksOf(path: string): Promise<string[]> {
  const { entries } = JSON.parse((await home.run(['ls', '--recursive', '--json'])).stdout);
  return entries.find((one: { path: string }) => one.path === path).marks;
}

test('a rule that changes is a change of what is stored', async () => {
  await home.run(['push']);
  expect(await marksOf('data/music/song')).toContain('untracked');
  const changed = { mine: { ...job, track_dirs: ['docs', 'music'] } };
  await writeFile(at('bmcloud.json'), JSON.stringify({ jobs: changed }));
  const { stdout } = await home.run(['push', '--json']);
  expect(JSON.parse(stdout).jobs[0].result.statistics).toMatchObject({ new: 0, deleted: 0 });
  expect(await marksOf('data/music/song')).not.toContain('untracked');
});
