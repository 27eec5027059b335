import { describe, expect, test } from 'vitest';
import { locator } from '../../src/upload/locator.ts';

describe('where the file of an entry lies', () => {
  const locate = (separator: string, name: string, root: string, path: string) =>
    Buffer.from(locator([{ name, path: Buffer.from(root) }], separator)(Buffer.from(path))).toString();

  test.each([
    // `C:` would be the current directory of that drive.
    ['C:\\', 'C', 'C', 'C:\\'],
    ['C:\\', 'C', 'C/Users/ann', 'C:\\Users\\ann'],
    ['\\\\server\\share\\', 'share', 'share', '\\\\server\\share\\'],
    ['\\\\server\\share\\', 'share', 'share/a/b', '\\\\server\\share\\a\\b'],
    ['C:\\Data', 'Data', 'Data', 'C:\\Data'],
    ['C:\\Data', 'Data', 'Data/a/b', 'C:\\Data\\a\\b'],
  ])('on Windows: %s of %s: %s is %s', (root, name, path, native) => {
    expect(locate('\\', name, root, path)).toBe(native);
  });

  test.each([
    ['/', 'root', 'root', '/'],
    ['/', 'root', 'root/etc', '/etc'],
    ['/srv', 'srv', 'srv/a\\b', '/srv/a\\b'],
  ])('elsewhere: %s of %s: %s is %s', (root, name, path, native) => {
    expect(locate('/', name, root, path)).toBe(native);
  });
});
