import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderChain, InTheWay } from '../../src/mirror/folder-chain.ts';
import { lacks } from '../fixtures/platform.ts';
import { useMirror } from './rig.ts';

const rig = useMirror();
const place = (chain: FolderChain, path: string) => chain.place(Buffer.from(path));

test('directories are made on the way down, whatever the order', () => {
  const chain = new FolderChain(rig.source);
  for (const path of ['a/b/c', 'a/b/d', 'a/e', 'f', 'a/b/c'])
    expect(place(chain, path)).toBe(join(rig.source, path));
  expect(existsSync(join(rig.source, 'a/b'))).toBe(true);
  expect(existsSync(join(rig.source, 'a/b/c'))).toBe(false);
});

test.skipIf(lacks('symlinks'))('a link to a directory is none', () => {
  const outside = join(rig.root, 'outside');
  mkdirSync(outside);
  symlinkSync(outside, join(rig.source, 'link'));
  expect(() => place(new FolderChain(rig.source), 'link/file')).toThrow(InTheWay);
  expect(() => place(new FolderChain(rig.source), 'link/folder/file')).toThrow(InTheWay);
  expect(existsSync(join(outside, 'folder'))).toBe(false);
});

test('a file is none either', () => {
  writeFileSync(join(rig.source, 'file'), 'one');
  expect(() => place(new FolderChain(rig.source), 'file/more')).toThrow(InTheWay);
});
