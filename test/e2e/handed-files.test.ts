import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cliHome, homeOf } from '../fixtures/cli.ts';
import { lacks } from '../fixtures/platform.ts';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

test.skipIf(lacks('posixPaths'))('a list that was handed over as an open file is read', async () => {
  const home = await cliHome();
  try {
    mkdirSync(join(home.directory, 'docs'));
    writeFileSync(join(home.directory, 'docs', 'file'), 'data');
    const names = join(home.directory, 'names');
    writeFileSync(names, 'docs/file\n');
    const list = openSync(names, 'r');
    const words = ['push', '--files-from', '/dev/fd/3', '--job', 'listed', '--json'];
    const child = spawn(process.execPath, [program, ...words], {
      cwd: home.directory,
      env: { PATH: process.env.PATH, ...homeOf(home.directory) },
      stdio: ['ignore', 'pipe', 'ignore', list],
    });
    closeSync(list);
    expect(JSON.parse(await text(child.stdout as Readable))).toMatchObject({ statistics: { files: 1 } });
  } finally {
    await home.remove();
  }
});
