import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePaths, isWithin } from '../../src/model/path.ts';
import { Unseen } from '../../src/scan/unseen.ts';
import { path } from '../model/arbitraries.ts';

test('what is forgotten hides nothing that is still to come', () => {
  fc.assert(
    fc.property(
      fc.array(path, { maxLength: 8 }),
      path,
      fc.array(path, { maxLength: 8 }),
      (hidden, at, asked) => {
        const unseen = new Unseen();
        for (const one of hidden) unseen.add(one);
        unseen.passed(at);
        for (const one of asked.filter((later) => comparePaths(later, at) > 0)) {
          const isHidden = hidden.some((all) => isWithin(one, all));
          expect([...unseen].some((left) => isWithin(one, left))).toBe(isHidden);
        }
      },
    ),
  );
});

test('the newest comes first, and what lies behind is forgotten', () => {
  const unseen = new Unseen();
  for (const name of ['a', 'b', 'c', 'd']) unseen.add(Buffer.from(name));
  expect([...unseen].map(String)).toEqual(['d', 'c', 'b', 'a']);
  unseen.passed(Buffer.from('c/x'));
  expect([...unseen].map(String)).toEqual(['d', 'c']);
});
