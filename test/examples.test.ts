import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

/*
 * The examples, as their readers run them: against the built library, by its name.
 */

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bmcloud-example-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test.each([
  ['backup-and-restore', /made [\s\S]*snapshot \w{8}: 1 file\n[\s\S]*Dear Ann\n$/],
  ['watch-and-export', /^pushed 2 new\n(.*\n)*notes.zip has 2 files; the directory is what it was\n$/],
  ['progress-and-cancel', /stopped\nwent on with 60 files\n$/],
])('%s', async (name, said) => {
  const example = fileURLToPath(new URL(`../examples/${name}.mjs`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [example, directory]);
  expect(stdout).toMatch(said);
});
