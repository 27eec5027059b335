import { expect, test } from 'vitest';
import { ManifestCache } from '../../src/repository/manifest-cache.ts';
import type { StoredManifest } from '../../src/repository/manifest-objects.ts';

const MIB = 1024 * 1024;
const manifest = (key: string, size = 1000) => ({ key, size }) as StoredManifest;

test('a manifest is read once, by whoever asks at the same time, too', async () => {
  const cache = new ManifestCache();
  let reads = 0;
  const read = async () => {
    reads++;
    return manifest('a');
  };
  const both = await Promise.all([cache.get('a', read), cache.get('a', read)]);
  expect(both[0]).toBe(both[1]);
  await cache.get('a', read);
  expect(reads).toBe(1);
});

test('a failure is told, and tried again', async () => {
  const cache = new ManifestCache();
  await expect(cache.get('a', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  expect(await cache.get('a', async () => manifest('a'))).toEqual(manifest('a'));
});

test('what is kept stays bounded: what was read first goes first', async () => {
  const cache = new ManifestCache();
  const reads: string[] = [];
  const get = (key: string) =>
    cache.get(key, async () => {
      reads.push(key);
      return manifest(key, MIB);
    });
  for (let i = 0; i < 9; i++) await get(`m${i}`);
  await get('m8');
  await get('m0');
  expect(reads).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm0']);
});
