import { sep } from 'node:path';
import { expect, it } from 'vitest';
import { scanBriefly } from '../../src/scan/brief.ts';
import { walk } from '../../src/scan/walk.ts';
import { fakeDisk } from './fake-disk.ts';
import { collect, optionsFor } from './scanned.ts';

const tree = { a: { b: 1, c: { d: 2 } }, e: 'f' };
const owners = { users: new Map<number, string>(), groups: new Map<number, string>() };

/** A clock that is a millisecond later whenever it is asked. */
function ticking(): () => number {
  let now = 0;
  return () => now++;
}

it('finds what the walk finds', () => {
  const options = optionsFor(sep);
  const found = collect(scanBriefly(options, undefined, fakeDisk(tree), () => 0) ?? []);
  expect(found.paths).toEqual(collect([...walk(options, fakeDisk(tree), owners)]).paths);
  expect(found.paths).toHaveLength(6);
});

it('tells of problems', () => {
  const disk = fakeDisk(tree, { list: { '/a/c': 'EACCES' } });
  expect(collect(scanBriefly(optionsFor(sep), undefined, disk, () => 0) ?? []).problems).toMatchObject([
    { code: 'EACCES' },
  ]);
});

it('gives up when it takes long', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`, 1]));
  expect(scanBriefly(optionsFor(sep), undefined, fakeDisk(many), ticking())).toBeUndefined();
});
