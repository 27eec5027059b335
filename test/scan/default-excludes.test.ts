import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/scan/default-excludes.ts';

describe('on Windows', () => {
  const rules = defaultRules('all', 'win32');
  test.each([
    ['C:\\', 'pagefile.sys'],
    ['C:\\', 'HIBERFIL.SYS'],
    ['d:\\', 'swapfile.sys'],
    ['E:\\', 'System Volume Information'],
    ['E:', '$RECYCLE.BIN'],
    ['\\\\?\\C:\\', '$Recycle.Bin'],
    ['\\\\server\\d$', 'System Volume Information'],
    ['\\\\server\\D$\\', '$RECYCLE.BIN'],
    ['\\\\?\\UNC\\server\\d$\\', '$RECYCLE.BIN'],
    ['C:\\Users\\anna', 'NTUSER.DAT'],
    ['C:\\Users\\anna', 'ntuser.dat.LOG1'],
    ['C:\\Users\\anna\\AppData\\Local\\Microsoft\\Windows', 'UsrClass.dat'],
  ])('%s %s is left out', (directory, name) => expect(rules.excludes(directory, name)).toBe(true));

  test.each([
    ['C:\\old disk', 'pagefile.sys'],
    ['C:\\', 'pagefile.sys.txt'],
    ['C:\\code', 'Cargo.lock'],
    ['C:\\code', 'yarn.lck'],
    ['C:\\Users', 'my ntuser.dat'],
    ['\\\\server\\d$\\old disk', 'pagefile.sys'],
    ['\\\\server\\photos', 'pagefile.sys'],
  ])('%s %s is data', (directory, name) => expect(rules.excludes(directory, name)).toBe(false));

  test('the root of a volume may be anywhere', () => {
    expect(rules.excludes('C:\\mnt\\data', '$RECYCLE.BIN')).toBe(false);
    expect(rules.excludes('C:\\mnt\\data', '$RECYCLE.BIN', true)).toBe(true);
    expect(rules.excludes('C:\\mnt\\data', 'photos', true)).toBe(false);
  });

  test('a frozen view can read the registry of users, but its logs are of no use', () => {
    const frozen = defaultRules('but-hives', 'win32');
    expect(frozen.excludes('C:\\Users\\anna', 'NTUSER.DAT')).toBe(false);
    expect(frozen.excludes('C:\\Users\\anna', 'ntuser.dat.LOG1')).toBe(true);
  });
});

describe('elsewhere', () => {
  const rules = defaultRules('all', 'linux');
  test.each(['/proc', '/sys', '/dev', '/run'])('%s is not entered', (path) =>
    expect(rules.isBarrier(path)).toBe(true),
  );
  test.each(['/home/proc', '/proc/1', '/srv/run', '/'])('%s is', (path) =>
    expect(rules.isBarrier(path)).toBe(false),
  );
  test('names of Windows are names like others', () => {
    expect(rules.excludes('/srv/profiles', 'NTUSER.DAT')).toBe(false);
    expect(rules.excludes('/', 'pagefile.sys')).toBe(false);
  });
});

test('nothing is left out when everything was asked for', () => {
  expect(defaultRules('none', 'win32').excludes('C:\\', 'pagefile.sys')).toBe(false);
  expect(defaultRules('none', 'linux').isBarrier('/proc')).toBe(false);
});
