import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliHome } from '../fixtures/cli.ts';

const isOneFile = process.env.BMCLOUD_TEST_PROGRAM !== undefined;
if (isOneFile) console.info('Left out: a one-file program looks after its compiled code itself');

test.skipIf(isOneFile)(
  'compiled code is kept where only its user puts files, not where everybody does',
  async () => {
    const home = await cliHome();
    try {
      const temporary = join(home.directory, 'tmp');
      mkdirSync(temporary);
      const env = { TMPDIR: temporary, TEMP: temporary, TMP: temporary, NODE_COMPILE_CACHE: '' };
      expect((await home.run(['--help'], { env })).code).toBe(0);
      expect(readdirSync(join(home.directory, '.bmcloud/cache/code')).length).toBeGreaterThan(0);
      expect(existsSync(join(temporary, 'node-compile-cache'))).toBe(false);
    } finally {
      await home.remove();
    }
  },
);
