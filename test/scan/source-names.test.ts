import { expect, it } from 'vitest';
import { nameSources, sourceName } from '../../src/scan/source-names.ts';

it.each([
  ['/', 'root'],
  ['/home/ann', 'ann'],
  ['/odd\\name', 'odd\\name'],
  ['C:\\', 'C'],
  ['d:\\', 'D'],
  ['C:\\Users\\ann', 'ann'],
  ['\\\\server\\share\\', 'share'],
])('%s is named %s', (path, name) => {
  expect(sourceName(Buffer.from(path))).toBe(name);
});

it('numbers names that are alike, past those that are taken', () => {
  const paths = ['/1/a', '/2/a', '/3/a-2', '/4/a'].map((path) => Buffer.from(path));
  expect(nameSources(paths).map(({ name }) => name)).toEqual(['a', 'a-2', 'a-2-2', 'a-3']);
});
