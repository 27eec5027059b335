import { userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { parseNames, readOwners } from '../../src/scan/owners.ts';
import { lacks } from '../fixtures/platform.ts';

it('reads names, and passes over whatever else stands there', () => {
  const text =
    '# Directory\nroot:x:0:0::/root:/bin/sh\nann:x:1000:\n\n+::::::\nbad:x:no:\ntoor:x:0:\nlast:x:5';
  expect([...parseNames(text)]).toEqual([
    [0, 'root'],
    [1000, 'ann'],
    [5, 'last'],
  ]);
});

it.skipIf(lacks('modes'))('knows the name of the user who runs this', () => {
  const { uid, username } = userInfo();
  expect(readOwners().users.get(uid)).toBe(username);
});
