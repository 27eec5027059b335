import { describe, expect, test } from 'vitest';
import { parseDescriptor } from '../../src/owners/descriptor.ts';

const flocked = `pos:	0
flags:	0100001
mnt_id:	27
ino:	9978236
lock:	1: FLOCK  ADVISORY  WRITE 28266 fe:00:9978236 0 EOF
`;

test('a lock and the access are told in words', () => {
  expect(parseDescriptor(flocked)).toEqual({
    inode: '9978236',
    ways: ['write lock (flock)', 'open for writing'],
  });
});

describe('kinds of locks', () => {
  test.each([
    ['1: POSIX  ADVISORY  WRITE 28270 fe:00:9978241 5 14', 'write lock (fcntl)'],
    ['2: OFDLCK ADVISORY  READ -1 fe:00:9978241 0 EOF', 'read lock (fcntl, of the open file)'],
    ['1: LEASE  ACTIVE    READ 28270 fe:00:9978241 0 EOF', 'read lock (lease)'],
    ['1: DELEG  BREAKING  READ 28270 fe:00:9978241 0 EOF', 'read lock (delegation)'],
    ['1: NEWONE ADVISORY  WRITE 1 fe:00:1 0 EOF', 'write lock (NEWONE)'],
  ])('%s', (lock, words) => {
    expect(parseDescriptor(`flags:	02\nlock:	${lock}\n`).ways[0]).toBe(words);
  });
});

describe('the access', () => {
  test.each([
    ['0100000', ['open for reading']],
    ['0100001', ['open for writing']],
    ['02100002', ['open for writing']],
    ['012100000', []], // O_PATH: a name for it, nothing more
  ])('%s', (flags, ways) => {
    expect(parseDescriptor(`pos:	0\nflags:	${flags}\nmnt_id:	27\n`)).toEqual({ ways });
  });
});
