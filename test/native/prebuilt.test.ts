import { expect, test } from 'vitest';
import { stampOfBuild, stampOfNow, systems } from '../../native/stamp.mjs';

test.each(systems)(
  'the addon for %s was built from the sources as they are (if not: npm run build:native)',
  (system) => {
    expect(stampOfBuild(system)).toEqual(stampOfNow(system));
    expect(stampOfNow(system).addon).toMatch(/^[0-9a-f]{64}$/);
  },
);
