import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { isWindows } from '../fixtures/platform.ts';
import type { Tree } from './fake-disk.ts';

/** Names of bytes: plain, of all planes of Unicode, and no text at all. */
const byteName = fc
  .oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', ' ', '0'), minLength: 1, maxLength: 3 }),
    fc
      .string({
        unit: fc.constantFrom('a', '\u00e9', '\ud7a3', '\ue000', '\ufffd', '\u{1f600}'),
        minLength: 1,
        maxLength: 3,
      })
      .map((text) => Buffer.from(text).toString('latin1')),
    fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  )
  .filter((name) => !isWindows || isWindowsName(Buffer.from(name, 'latin1')))
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..' && name !== '__proto__');

/** There, names are text, and what text lost is a problem. */
function isWindowsName(name: Buffer): boolean {
  return isUtf8(name) && !/[\\\ufffd]/.test(name.toString());
}

export const { tree: trees } = fc.letrec<{ tree: Tree; node: Tree | number }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.nat(1000), tie('tree')),
  tree: fc.dictionary(byteName, tie('node'), { maxKeys: 6, noNullPrototype: true }),
}));

/** All paths of a tree, and of the directory itself: latin1, a character a byte. */
export function allPaths(node: Tree | number | string, path: string): string[] {
  if (typeof node !== 'object') return [path];
  return [path, ...Object.entries(node).flatMap(([name, below]) => allPaths(below, `${path}/${name}`))];
}
