import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lacks } from '../fixtures/platform.ts';
import { makeRepository } from '../fixtures/repository.ts';
import { pushFrom, restoreTo } from '../format/program.ts';

/** The kernel says 4,096 bytes of each, and gives a few. */
const SHORT = '/sys/kernel/mm/transparent_hugepage';

test.skipIf(lacks('proc') || !existsSync(SHORT))(
  'files that give less than they say come back as they came',
  async () => {
    const made = await makeRepository();
    try {
      const { snapshot } = await pushFrom(made.repository, { sources: [SHORT] });
      const to = join(made.root, 'restored');
      await restoreTo(made.repository, snapshot, to);
      const restored = await readFile(join(to, 'enabled'), 'utf8');
      expect(restored).toBe(await readFile(join(SHORT, 'enabled'), 'utf8'));
    } finally {
      await made.cleanup();
    }
  },
);
