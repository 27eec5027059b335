import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attributeBits as bits, classify } from '../../src/native/classify.ts';

const SYMLINK = 0xa000000c;
const MOUNT_POINT = 0xa0000003;
const cloudTags = Array.from({ length: 16 }, (_, provider) => 0x9000001a + provider * 0x1000);
const cloudTag = fc.constantFrom(...cloudTags);
const recallBit = fc.constantFrom(bits.recallOnDataAccess, bits.recallOnOpen);

test.each([
  ['a file', bits.archive, 0, 'plain'],
  ['a file without attributes', 0x80, 0, 'plain'],
  ['a sparse, compressed, encrypted file', bits.sparse | bits.compressed | bits.encrypted, 0, 'plain'],
  ['a directory', bits.directory | bits.hidden, 0, 'directory'],
  ['a symbolic link to a file', bits.reparsePoint, SYMLINK, 'symlink'],
  ['a symbolic link to a directory', bits.reparsePoint | bits.directory, SYMLINK, 'symlink'],
  ['a junction', bits.reparsePoint | bits.directory, MOUNT_POINT, 'junction'],
  ['a file on tape', bits.archive | bits.offline, 0, 'cloud-placeholder'],
  ['a directory marked offline', bits.directory | bits.offline, 0, 'directory'],
  ['a deduplicated file', bits.reparsePoint | bits.sparse, 0x80000013, 'plain'],
  ['a file compressed by compact /exe', bits.reparsePoint, 0x80000017, 'plain'],
  ['an app execution alias', bits.reparsePoint, 0x8000001b, 'other-reparse'],
  ['a socket of AF_UNIX', bits.reparsePoint, 0x80000023, 'other-reparse'],
  ['a symbolic link of WSL', bits.reparsePoint, 0xa000001d, 'other-reparse'],
] as const)('%s', (_, attributes, tag, kind) => {
  expect(classify(attributes, tag)).toBe(kind);
});

describe('cloud files', () => {
  test('are placeholders while a bit says that reading fetches', () => {
    fc.assert(
      fc.property(cloudTag, recallBit, fc.boolean(), (tag, recall, directory) => {
        const attributes = bits.reparsePoint | recall | (directory ? bits.directory : 0);
        expect(classify(attributes, tag)).toBe('cloud-placeholder');
      }),
    );
  });

  test('are placeholders too where the reparse point is not shown', () => {
    expect(classify(bits.archive | bits.recallOnDataAccess, 0)).toBe('cloud-placeholder');
  });

  test('that are kept on this device are files like others', () => {
    for (const tag of cloudTags) {
      expect(classify(bits.archive | bits.reparsePoint, tag)).toBe('plain');
      expect(classify(bits.directory | bits.reparsePoint, tag)).toBe('directory');
    }
  });
});

test('nothing that would be fetched is called plain, whatever else is set', () => {
  const recalled = fc.constantFrom(bits.recallOnDataAccess, bits.recallOnOpen, bits.offline);
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), recalled, (attributes, tag, recall) => {
      expect(classify(attributes | recall, tag)).not.toBe('plain');
    }),
  );
});

test('links are links even when marked offline: they have no data', () => {
  const attributes = bits.reparsePoint | bits.offline | bits.recallOnOpen;
  expect(classify(attributes, SYMLINK)).toBe('symlink');
  expect(classify(attributes | bits.directory, MOUNT_POINT)).toBe('junction');
});
