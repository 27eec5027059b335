import { describe, expect, test } from 'vitest';
import { type DirectoryGuard, protectForSystem, refuseUnprotected } from '../../src/schedule/protect.ts';

const DIRECTORY = 'C:\\ProgramData\\bmcloud';
const OURS = 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';

/** A Windows with this in the place of the directory; without, there is nothing. */
function guardOf(there?: { attributes?: number; sddl?: string | undefined }) {
  const made: string[] = [];
  const guard: DirectoryGuard = {
    fileAttributes: () => ({ attributes: 0x10, ...there }),
    securityDescriptor: () => there?.sddl,
    makeDirectory(path, sddl) {
      if (there) throw Object.assign(new Error('it is there'), { code: 'EEXIST' });
      made.push(`${path} ${sddl}`);
    },
  };
  return { guard, made };
}

test('a new one is protected from its first moment', () => {
  const { guard, made } = guardOf();
  protectForSystem(guard, DIRECTORY);
  expect(made).toEqual([`${DIRECTORY} ${OURS}`]);
});

test.each([
  OURS,
  'O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)',
  'O:S-1-5-18G:S-1-5-21-1-2-3-513D:PAI(A;OICI;FA;;;S-1-5-18)(A;OICI;FA;;;BA)S:AI(AU;FA;FA;;;WD)',
  'O:SYD:P(D;OICI;FA;;;WD)(A;OICI;FA;;;BA)',
])('one that is like ours stays: %s', (sddl) => {
  expect(() => protectForSystem(guardOf({ sddl }).guard, DIRECTORY)).not.toThrow();
});

describe('what others made, or may write to, is never made theirs', () => {
  test.each([
    ['a junction', { attributes: 0x410, sddl: OURS }, /it is a link/],
    ['a file', { attributes: 0x20, sddl: OURS }, /no directory/],
    ['a directory on FAT', { sddl: undefined }, /keeps no access lists/],
    [
      "a user's",
      { sddl: 'O:S-1-5-21-1-2-3-1001G:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)' },
      /belongs to S-1-5-21-1-2-3-1001/,
    ],
    [
      'one that inherits from C:\\ProgramData',
      { sddl: 'O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;CIID;DCLCRPCR;;;BU)' },
      /inherits/,
    ],
    ['one open to users', { sddl: `${OURS}(A;OICI;0x1301bf;;;BU)` }, /BU is in its access list/],
    ['one with a condition', { sddl: `${OURS}(XA;OICI;FA;;;WD;(Exists a))` }, /cannot be judged/],
    ['one without a list', { sddl: 'O:BAG:BAD:NO_ACCESS_CONTROL' }, /cannot be judged/],
    ['one whose list is empty text', { sddl: '' }, /cannot be judged/],
  ] as const)('%s', (_, there, why) => {
    const { guard } = guardOf(there);
    expect(() => protectForSystem(guard, DIRECTORY)).toThrow(why);
    expect(() => refuseUnprotected(guard, DIRECTORY)).toThrow(
      expect.objectContaining({ code: 'scheduler', hint: expect.stringContaining('remove or move it') }),
    );
  });

  test('nor anything, where nothing tells', () => {
    expect(() => protectForSystem(undefined, DIRECTORY)).toThrow(/cannot be protected/);
  });
});

test('what cannot be made is an error with its reason', () => {
  const guard = {
    ...guardOf().guard,
    makeDirectory: () => {
      throw Object.assign(new Error('CreateDirectoryW: Access is denied. (error 5)'), { code: 'EPERM' });
    },
  };
  expect(() => protectForSystem(guard, DIRECTORY)).toThrow(/Access is denied/);
});
