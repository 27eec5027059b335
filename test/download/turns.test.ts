import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Turns } from '../../src/download/turns.ts';

test('what was said in the first walk is answered in the second, however long', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 20_000 }), (said) => {
      const turns = new Turns();
      for (const one of said) turns.mark(one);
      const reader = turns.reader();
      expect(said.map(() => reader.next())).toEqual(said);
    }),
    { numRuns: 20 },
  );
});
