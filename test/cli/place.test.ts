import { Parser } from '@oclif/core';
import { expect, test } from 'vitest';
import { globalFlags } from '../../src/cli/flags.ts';
import Export from '../../src/commands/export.ts';
import Import from '../../src/commands/import.ts';
import Init from '../../src/commands/init.ts';
import Mirror from '../../src/commands/mirror.ts';
import Restore from '../../src/commands/restore.ts';

type Shape = Parameters<typeof Parser.parse>[1];

test.each<[string, Shape, string[]]>([
  ['--to', Mirror, ['source', '--to']],
  ['--to', Restore, ['--to']],
  ['--from-mirror', Restore, ['--from-mirror']],
  ['--to', Import, ['archive.zip', '--to']],
  ['--output', Export, ['--format', 'zip', '-o']],
  ['--repo', { flags: globalFlags }, ['--repo']],
  ['LOCATION', Init, []],
])('%s is not to be empty', async (what, { flags = {}, args = {} }, words) => {
  const parse = (place: string) => Parser.parse([...words, place], { flags, args, strict: false });
  await expect(parse('')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(`${what} is empty`),
  });
  await expect(parse('somewhere')).resolves.toBeDefined();
});
