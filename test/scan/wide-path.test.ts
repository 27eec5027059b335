import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nativeOf, nativePath } from '../../src/scan/native-path.ts';
import { streamPath, widePath } from '../../src/scan/wide-path.ts';
import { bytesOf } from '../fakes/windows-files.ts';
import { lacks } from '../fixtures/platform.ts';

/** Any UTF-16, with lone surrogates more often than chance has them. */
const utf16 = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })), {
    maxLength: 12,
  })
  .map((units) => String.fromCharCode(...units));

describe('paths for the addon', () => {
  test.skipIf(lacks('colons'))('are the UTF-16 that their bytes stand for', () => {
    fc.assert(
      fc.property(utf16, (text) => {
        expect(widePath(nativeOf(bytesOf(`/${text}`)))).toBe(`/${text}`);
      }),
    );
  });

  test.skipIf(!lacks('colons'))('are made long, but for those that are', () => {
    expect(widePath('C:\\folder\\file')).toBe('\\\\?\\C:\\folder\\file');
    expect(widePath('C:\\')).toBe('\\\\?\\C:\\');
    expect(widePath('\\\\server\\share\\file')).toBe('\\\\?\\UNC\\server\\share\\file');
  });

  test('keep what makes them long, and the last separator of a shadow copy', () => {
    const shadow = '\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1\\';
    expect(widePath(shadow)).toBe(shadow);
  });
});

test('a path that is no text has the separators of the system, too', () => {
  const path = Buffer.concat([Buffer.from('s/a'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('/b')]);
  const native = nativePath(Buffer.from('C:\\x'), path, '\\');
  expect(Buffer.from(native as Buffer).toString('latin1')).toBe('C:\\x\\a\xed\xa0\x80\\b');
});

test('a stream is named behind its file', () => {
  expect(streamPath('C:\\file', 'Zone.Identifier')).toBe('C:\\file:Zone.Identifier');
  expect(streamPath(Buffer.of(0xff), 'ä')).toEqual(Buffer.of(0xff, 0x3a, 0xc3, 0xa4));
});
