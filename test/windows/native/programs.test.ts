import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/*
 * The addon's answers about files and their owners are tested in programs of their own: they change the environment and hold
 * files, and some end on purpose in the middle.
 */

/** units.cc, where the lane has built it. */
const units = 'C:\\windows\\system32\\units.exe';

describe.skipIf(process.platform !== 'win32')('asked in a process of its own', () => {
  test.each(['files.mjs', 'owners.mjs', 'ended.mjs'])('%s', async (name) => {
    const script = fileURLToPath(new URL(name, import.meta.url));
    const program = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, errors, [code]] = await Promise.all([
      text(program.stdout),
      text(program.stderr),
      once(program, 'close'),
    ]);
    console.info(output.match(/^not under Wine: .*$/gm)?.join('\n'));
    expect(code, output + errors).toBe(0);
  });

  test.skipIf(!existsSync(units))('units.cc', () => {
    const { status, stdout } = spawnSync(units, { encoding: 'utf8' });
    expect(status, stdout).toBe(0);
  });
});
