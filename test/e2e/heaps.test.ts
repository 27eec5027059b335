import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliHome } from '../fixtures/cli.ts';
import { hasGlibcAddon, heapsIn } from '../native/heaps.ts';

/** How many heaps a push makes between its hooks. */
async function heapsOfPush(env: Record<string, string>): Promise<number> {
  const home = await cliHome();
  try {
    mkdirSync(join(home.directory, 'docs'));
    writeFileSync(join(home.directory, 'docs', 'file'), 'data');
    const maps = (name: string) => `cat /proc/$PPID/maps > ${name}`;
    const hooks = { before: maps('before'), after: maps('after') };
    const config = { hooks, jobs: { docs: { sources: ['docs'] } } };
    writeFileSync(join(home.directory, 'bmcloud.json'), JSON.stringify(config));
    expect(await home.run(['push'], { env })).toMatchObject({ code: 0 });
    const [before, after] = ['before', 'after'].map((name) =>
      heapsIn(readFileSync(join(home.directory, name), 'utf8')),
    );
    return (after as number) - (before as number);
  } finally {
    await home.remove();
  }
}

test.skipIf(!hasGlibcAddon)('threads of a push share heaps, where nobody wants it otherwise', async () => {
  const shared = await heapsOfPush({});
  expect(shared).toBeLessThan(await heapsOfPush({ MALLOC_ARENA_MAX: '32' }));
});
