import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manifestName, manifestPrefix, parseManifestName } from '../../src/manifest/names.ts';
import { id } from '../model/arbitraries.ts';

const number = fc.integer({ min: 0, max: 10 ** 15 - 1 });

describe('the keys of manifests', () => {
  test('say what they were made of', () => {
    fc.assert(
      fc.property(
        id(16),
        number,
        fc.option(fc.constant('00ff00ff'), { nil: undefined }),
        (job, n, suffix) => {
          const key = manifestName(job, n, suffix);
          expect(key.startsWith(manifestPrefix(job))).toBe(true);
          expect(parseManifestName(key)).toEqual({ job, number: n });
        },
      ),
    );
  });

  test('list the newest first', () => {
    fc.assert(
      fc.property(id(16), number, number, (job, a, b) => {
        expect(manifestName(job, a) < manifestName(job, b)).toBe(a > b);
      }),
    );
  });

  const job = 'ab'.repeat(16);
  const others = [
    `manifests/${job}/1`,
    `manifests/${job}/0000000000000000`,
    `manifests/${job}/000000000000000-1`,
    `manifests/${job.toUpperCase()}/000000000000000`,
    `x/manifests/${job}/000000000000000`,
    `manifests/${job}/000000000000000\n`,
  ];
  test.each(others)('%j is none', (key) => expect(parseManifestName(key)).toBeUndefined());
});
