import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliHome } from '../fixtures/cli.ts';
import { hasGlibcAddon, heapsIn } from '../native/heaps.ts';

/** How many heaps a push has had when it is done. */
async function heapsOfPush(env: Record<string, string>): Promise<number> {
  const home = await cliHome();
  try {
    mkdirSync(join(home.directory, 'docs'));
    writeFileSync(join(home.directory, 'docs', 'file'), 'data');
    const config = { hooks: { after: 'cat /proc/$PPID/maps > maps' }, jobs: { docs: { sources: ['docs'] } } };
    writeFileSync(join(home.directory, 'bmcloud.json'), JSON.stringify(config));
    expect(await home.run(['push'], { env })).toMatchObject({ code: 0 });
    return heapsIn(readFileSync(join(home.directory, 'maps'), 'utf8'));
  } finally {
    await home.remove();
  }
}

test.skipIf(!hasGlibcAddon)(
  'all threads of a push share a heap, where nobody wants it otherwise',
  async () => {
    const shared = await heapsOfPush({});
    expect(shared).toBeLessThan(await heapsOfPush({ MALLOC_ARENA_MAX: '32' }));
  },
);
