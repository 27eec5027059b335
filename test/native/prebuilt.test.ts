import { expect, test } from 'vitest';
import { stampOfBuild, stampOfNow } from '../../native/stamp.mjs';

test('the addon in the repository was built from the sources as they are (if not: npm run build:native)', () => {
  expect(stampOfBuild()).toEqual(stampOfNow());
  expect(stampOfNow().addon).toMatch(/^[0-9a-f]{64}$/);
});
