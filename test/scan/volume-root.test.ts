import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { type NativePath, systemDisk } from '../../src/scan/disk.ts';
import { walk } from '../../src/scan/walk.ts';
import { FakeWindowsFiles } from '../fakes/windows-files.ts';
import { collect, optionsFor, temporaryDirectory } from './scanned.ts';

vi.mock('node:os', async (actual) => ({
  ...(await actual<typeof import('node:os')>()),
  platform: () => 'win32',
}));

test('the root of a volume is known by its number, whatever its path looks like', () => {
  const root = temporaryDirectory();
  for (const name of ['$RECYCLE.BIN', 'deep/$RECYCLE.BIN']) mkdirSync(join(root, name), { recursive: true });
  const { ino } = statSync(root, { bigint: true });
  const stat = (path: NativePath) => {
    const seen = systemDisk.stat(path);
    return seen.inode === ino ? { ...seen, inode: 0x5_0000_0000_0005n } : seen;
  };
  const options = optionsFor(root, { defaultExcludes: 'all' });
  const { paths } = collect([...walk(options, { ...systemDisk, stat }, undefined, new FakeWindowsFiles())]);
  expect(paths).toEqual(['s', 's/deep', 's/deep/$RECYCLE.BIN']);
});
