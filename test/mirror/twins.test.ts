import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { restoreFromMirror } from '../../src/restore-mirror.ts';
import { lacks } from '../fixtures/platform.ts';
import { treeOf, useMirror } from './rig.ts';

// As if the target took names for one that differ in case.
vi.mock('../../src/download/folding.ts', async (importOriginal) => ({
  ...(await importOriginal<typeof import('../../src/download/folding.ts')>()),
  foldsNames: () => true,
}));

const rig = useMirror();

test.skipIf(lacks('byteNames'))(
  'names that are one are told, whatever lies between and behind them',
  async () => {
    for (const folder of ['d', 'e']) mkdirSync(join(rig.source, folder));
    const names = Array.from({ length: 1500 }, (_, i) => `between-${i}`);
    for (const name of ['TWIN', ...names, 'twin']) writeFileSync(join(rig.source, 'd', name), name);
    await rig.run();
    const to = join(rig.root, 'out');
    const options = { from: rig.to, at: { latest: true as const }, to, paths: [] };
    const { failed } = await restoreFromMirror({ ...options, overwrite: 'if-different' });
    expect(failed).toMatchObject([{ path: 'd/twin', code: 'EINVAL' }]);
    const { 'd/TWIN': kept, 'd/twin': lost } = treeOf(to);
    expect({ kept, lost }).toEqual({ kept: 'TWIN', lost: undefined });
  },
);
