import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Machine } from '../../packaging/launcher/machine.ts';
import { findPlace, localData } from '../../packaging/launcher/place.ts';

describe.runIf(process.platform !== 'win32')('where only we can write', () => {
  let home: string;
  let cache: string;
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-home-')));
    cache = join(home, 'cache');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const uid = process.getuid?.();
  const placeIn = (XDG_CACHE_HOME: string | undefined, more: Partial<Machine> = {}) =>
    findPlace({
      platform: 'linux',
      env: { XDG_CACHE_HOME },
      uid,
      home,
      profile: home,
      elevated: uid === 0,
      ...more,
    }).directory;

  test('directories are made, closed to others', () => {
    const place = placeIn(cache);
    expect(place).toBe(join(cache, 'bmcloud', 'program'));
    for (const directory of [place, dirname(place), cache])
      expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(placeIn(cache)).toBe(place);
  });

  test('without XDG_CACHE_HOME, or with a relative one, it is .cache at home', () => {
    for (const given of [undefined, '', 'relative'])
      expect(placeIn(given)).toBe(join(home, '.cache', 'bmcloud', 'program'));
  });

  test("root's home is root's, whatever HOME says", () => {
    const place = () => placeIn(undefined, { uid: 0, home: '/nowhere', profile: join(home, 'root') });
    if (uid === 0) expect(place()).toBe(join(home, 'root', '.cache', 'bmcloud', 'program'));
    else expect(place).toThrow(join(home, 'root'));
  });

  test.each([
    ['where everybody can write', 0o777],
    ['where everybody can write, even if nobody can remove what belongs to another', 0o1777],
    ['where a group can write', 0o770],
  ])('refused: %s', (_, mode) => {
    mkdirSync(cache);
    chmodSync(cache, mode);
    if (mode === 0o770 && !changeGroup(cache)) return;
    expect(() => placeIn(cache)).toThrow(new RegExp(`Others can write ${cache},`));
    chmodSync(cache, 0o755);
    placeIn(cache);
  });

  test('refused: a directory of ours in one that everybody can write', () => {
    chmodSync(home, 0o777);
    expect(() => placeIn(cache)).toThrow(`Others can write ${home},`);
    chmodSync(home, 0o1777);
    placeIn(cache);
  });

  test('refused: what others may have put there', () => {
    mkdirSync(join(cache, 'bmcloud', 'program'), { recursive: true });
    chmodSync(join(cache, 'bmcloud', 'program'), 0o777);
    expect(() => placeIn(cache)).toThrow(join(cache, 'bmcloud', 'program'));
  });

  test('refused: a link in place of a directory of ours', () => {
    mkdirSync(cache);
    mkdirSync(join(home, 'elsewhere'));
    symlinkSync(join(home, 'elsewhere'), join(cache, 'bmcloud'));
    expect(() => placeIn(cache)).toThrow(join(cache, 'bmcloud'));
  });

  test('the way there may be a link: what it leads to counts', () => {
    mkdirSync(join(home, 'open'));
    chmodSync(join(home, 'open'), 0o777);
    symlinkSync(join(home, 'open'), cache);
    expect(() => placeIn(cache)).toThrow(join(home, 'open'));
    chmodSync(join(home, 'open'), 0o700);
    expect(placeIn(cache)).toBe(join(home, 'open', 'bmcloud', 'program'));
  });

  test.runIf(uid === 0)('refused: what belongs to somebody else', () => {
    mkdirSync(join(cache, 'bmcloud'), { recursive: true });
    chownSync(join(cache, 'bmcloud'), 12345, 12345);
    expect(() => placeIn(cache)).toThrow(join(cache, 'bmcloud'));
  });

  test('what cannot be made is told with what to do', () => {
    expect(() => placeIn('/dev/null/cache')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('/dev/null/cache cannot be made'),
        hint: 'Set XDG_CACHE_HOME to a directory that only you can write.',
      }),
    );
  });
});

/** A group with others in it, which root alone can give. */
function changeGroup(directory: string): boolean {
  if (process.getuid?.() !== 0) return false;
  chownSync(directory, 0, 12345);
  return true;
}

describe('on Windows a folder in the profile', () => {
  const machine = (LOCALAPPDATA?: string): Machine => ({
    platform: 'win32',
    env: { LOCALAPPDATA },
    uid: undefined,
    home: 'C:\\stated',
    profile: 'C:\\Users\\ann',
    elevated: false,
  });

  test.each([
    [undefined, 'C:\\Users\\ann\\AppData\\Local'],
    ['C:\\Users\\ann\\AppData\\Local', 'C:\\Users\\ann\\AppData\\Local'],
    ['c:\\users\\ANN\\Data', 'c:\\users\\ANN\\Data'],
  ])('%s', (given, expected) => {
    expect(localData(machine(given))).toBe(expected);
  });

  test.each([
    'C:\\Users\\ann',
    'C:\\Users\\annabel\\Local',
    'C:\\Temp',
    'D:\\Users\\ann\\Local',
    '\\\\server\\share',
  ])('refused: %s', (given) => {
    expect(() => localData(machine(given))).toThrow('outside of your profile C:\\Users\\ann');
  });
});
