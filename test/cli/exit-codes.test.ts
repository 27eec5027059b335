import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import type { ErrorCode } from '../../src/errors.ts';

const documented: [ErrorCode, number][] = [
  ['internal', 1],
  ['usage', 2],
  ['config', 2],
  ['no-repository', 10],
  ['busy', 11],
  ['wrong-key', 12],
  ['no-key', 12],
  ['damaged', 13],
  ['rollback', 13],
  ['store-unreachable', 14],
  ['store-denied', 14],
  ['interrupted', 130],
];

test.each(documented)('%s exits with %d', (code, exit) => {
  expect(exitCodeOf(code)).toBe(exit);
});
