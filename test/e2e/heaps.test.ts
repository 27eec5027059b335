import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';
import { hasGlibcAddon, heapsIn } from '../native/heaps.ts';

const SETTING = 'MALLOC_ARENA_MAX';
let home: CliHome;
beforeEach(async () => {
  home = await cliHome();
  mkdirSync(join(home.directory, 'docs'));
  writeFileSync(join(home.directory, 'docs', 'file'), 'data');
  // What the process of the program has mapped, and what a hook is started with.
  const maps = (name: string) => `cat /proc/$PPID/maps > ${name}`;
  const hooks = { before: `${maps('before')}; env > hook`, after: maps('after') };
  const config = { hooks, jobs: { docs: { sources: ['docs'] } } };
  writeFileSync(join(home.directory, 'bmcloud.json'), JSON.stringify(config));
});
afterEach(() => home.remove());

const textOf = (name: string) => readFileSync(join(home.directory, name), 'utf8');

/** How many heaps a push makes between its hooks, and the setting of one of them. */
async function push(env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await home.run(['push'], { env });
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining('Saved') });
  const heaps = heapsIn(textOf('after')) - heapsIn(textOf('before'));
  return { heaps, setting: textOf('hook').match(new RegExp(`^${SETTING}=(.*)$`, 'm'))?.[1] };
}

test.skipIf(!hasGlibcAddon)('threads of a push share heaps, which hooks know nothing of', async () => {
  const shared = await push();
  const own = await push({ [SETTING]: '32' });
  expect(shared.heaps).toBeLessThan(own.heaps);
  expect(shared.setting).toBeUndefined();
  // What somebody set stays.
  expect(own.setting).toBe('32');
});
