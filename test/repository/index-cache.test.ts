import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IndexCache } from '../../src/repository/index-cache.ts';
import { pushTree } from '../fixtures/push-tree.ts';
import { makeRepository } from '../fixtures/repository.ts';

test.each([
  [1, 1],
  [3, 3],
  [undefined, 6],
])('of more files than %s, some are merged, and all rows stay', async (maxFiles, most) => {
  const made = await makeRepository();
  try {
    const { store, keys, random } = made.repository;
    const directory = join(made.root, 'index');
    const counts: number[] = [];
    for (let pushes = 1; pushes <= 9; pushes++) {
      writeFileSync(join(made.source, `${pushes}`), random(100 + pushes));
      await pushTree(made.repository, [made.source]);
      const cache = new IndexCache(store, keys, directory, { random, ...(maxFiles && { maxFiles }) });
      const files = await cache.sync();
      expect(files.length).toBeLessThanOrEqual(most);
      expect(readdirSync(directory).filter((name) => name.endsWith('.table'))).toHaveLength(files.length);
      counts.push(files.reduce((sum, { count }) => sum + count, 0));
      for (const file of files) file.close();
    }
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  } finally {
    await made.cleanup();
  }
});
