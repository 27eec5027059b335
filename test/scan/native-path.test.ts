import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinNative, manifestPath, nativePath } from '../../src/scan/native-path.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('where an entry lies', () => {
  it.each([
    ['/home/ann', 'ann', '/home/ann'],
    ['/home/ann', 'ann/a/b', '/home/ann/a/b'],
    ['/', 'root', '/'],
    ['/', 'root/etc', '/etc'],
  ])('below %s, for %s, is %s', (root, path, native) => {
    expect(nativePath(Buffer.from(root), Buffer.from(path), '/')).toBe(native);
  });

  it.each([
    ['C:\\', 'C', 'C:\\'],
    ['C:\\', 'C/Users/ann', 'C:\\Users\\ann'],
    ['\\\\server\\share', 'share/a/b', '\\\\server\\share\\a\\b'],
  ])('on Windows below %s, for %s, is %s', (root, path, native) => {
    expect(nativePath(Buffer.from(root), Buffer.from(path), '\\')).toBe(native);
    expect(
      Buffer.from(
        manifestPath(path.split('/')[0] as string, Buffer.from(root), native, '\\') ?? [],
      ).toString(),
    ).toBe(path);
  });

  it('on Windows is in a source however that is spelt', () => {
    const inside = (separator: string) =>
      manifestPath('Ann', Buffer.from('C:\\Users\\Änn'), 'c:\\users\\änn\\File', separator);
    expect(Buffer.from(inside('\\') ?? []).toString()).toBe('Ann/File');
    expect(inside('/')).toBeUndefined();
  });

  it('is text where it can be, else bytes', () => {
    expect(nativePath(bytes('/a'), bytes('a/\xff/b'), '/')).toEqual(bytes('/a/\xff/b'));
    expect(nativePath(bytes('/\xff'), bytes('a/b'), '/')).toEqual(bytes('/\xff/b'));
    expect(nativePath(bytes('/a'), Buffer.from('a/\u00e9'), '/')).toBe('/a/\u00e9');
  });

  it('and back again', () => {
    const component = fc.uint8Array({ minLength: 1, maxLength: 4 }).filter((name) => !name.includes(0x2f));
    const path = fc
      .array(component, { maxLength: 4 })
      .map((names) => Buffer.concat(names.flatMap((n) => [bytes('/'), n])));
    const root = fc.constantFrom('/', '/data', '/d\xe9').map(bytes);
    fc.assert(
      fc.property(root, path, (base, below) => {
        const manifest = Buffer.concat([Buffer.from('name'), below]);
        const native = nativePath(base, manifest, '/');
        expect(Buffer.from(manifestPath('name', base, native, '/') ?? [])).toEqual(manifest);
      }),
    );
  });

  it.each([
    ['/data', '/database'],
    ['/data', '/dat'],
    ['/data', '/other/data'],
  ])('a path outside %s such as %s has none in it', (root, native) => {
    expect(manifestPath('data', Buffer.from(root), native, '/')).toBeUndefined();
  });
});

it('joins text to bytes', () => {
  expect(joinNative('/a', bytes('\xff'), '/')).toEqual(bytes('/a/\xff'));
  expect(joinNative(bytes('/\xff'), 'b', '/')).toEqual(bytes('/\xff/b'));
  expect(joinNative(bytes('/'), bytes('\xff'), '/')).toEqual(bytes('/\xff'));
});
