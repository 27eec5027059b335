import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBelow, mountOf, parseMounts, systemMounts, tailOf } from '../../src/shadow/mounts.ts';

const parsed = (...lines: string[]) => parseMounts(Buffer.from(lines.join('\n')));
const held = (mounts: ReturnType<typeof parsed>, path: string) => mountOf(mounts, Buffer.from(path))?.source;

test('a line of mountinfo', () => {
  const line =
    '36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:7 - ext3 /dev/ro\\134ot rw,errors=continue';
  expect(parsed(line, 'nonsense', '')).toEqual([
    {
      id: 36,
      parent: 35,
      device: '98:0',
      root: Buffer.from('/mnt1'),
      point: Buffer.from('/mnt 2'),
      type: 'ext3',
      source: '/dev/ro\\ot',
    },
  ]);
});

test('any bytes in a mount point come back', () => {
  const byte = fc.integer({ min: 1, max: 255 }).filter((value) => value !== 0x2f);
  fc.assert(
    fc.property(fc.array(byte), (name) => {
      const escaped = name.map((value) =>
        [0x20, 0x09, 0x0a, 0x23, 0x5c].includes(value)
          ? `\\${value.toString(8).padStart(3, '0')}`
          : String.fromCharCode(value),
      );
      const [mount] = parseMounts(Buffer.from(`1 0 0:1 / /${escaped.join('')} rw - t s rw`, 'latin1'));
      expect(mount?.point).toEqual(Buffer.from([0x2f, ...name]));
    }),
  );
});

describe('the mount of a path', () => {
  const root = '1 0 0:1 / / rw - t root rw';
  test('is the innermost', () => {
    const mounts = parsed(root, '2 1 0:2 / /a rw - t a rw', '3 2 0:3 / /a/b rw - t b rw');
    const paths = ['/', '/ab', '/a', '/a/bc', '/a/b', '/a/b/c'];
    expect(paths.map((path) => held(mounts, path))).toEqual(['root', 'root', 'a', 'a', 'b', 'b']);
  });

  test('is not one that another hides', () => {
    const mounts = parsed(root, '2 1 0:2 / /a/b rw - t hidden rw', '3 1 0:3 / /a rw - t over rw');
    expect(held(mounts, '/a/b/c')).toBe('over');
  });

  test('is the last of several at one place', () => {
    const automatic = parsed(root, '2 1 0:2 / /a rw - autofs auto rw', '3 2 0:3 / /a rw - nfs share rw');
    expect(held(automatic, '/a/x')).toBe('share');
    expect(held(parsed('1 1 0:1 / / rw - rootfs first rw', '2 1 0:2 / / rw - t second rw'), '/x')).toBe(
      'second',
    );
  });

  test('is known in a part of the tree too', () => {
    expect(held(parsed('5 4 0:1 / /data rw - t data rw'), '/data/x')).toBe('data');
    expect(held(parsed('5 4 0:1 / /data rw - t data rw'), '/else')).toBeUndefined();
  });
});

test('directory and tail make the path', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 })
    .map((names) => `/${names.join('/')}`);
  fc.assert(
    fc.property(name, name, (path, directory) => {
      const below = isBelow(Buffer.from(path), Buffer.from(directory));
      expect(below).toBe(directory === '/' || path === directory || path.startsWith(`${directory}/`));
      if (!below || path === '/') return;
      const tail = Buffer.from(tailOf(Buffer.from(path), Buffer.from(directory))).toString();
      expect((directory === '/' ? '' : directory) + tail).toBe(path);
    }),
  );
});

test('the table is read again when it is a second old', async () => {
  let [reads, time] = [0, 0];
  const line = () => Buffer.from(`1 0 0:1 / / rw - t read-${++reads} rw`);
  const mounts = systemMounts(
    async () => line(),
    () => time,
  );
  const sources: (string | undefined)[] = [];
  for (time of [0, 999, 1000, 1500, 2500]) sources.push((await mounts.of(Buffer.from('/x')))?.source);
  expect(sources).toEqual(['read-1', 'read-1', 'read-2', 'read-2', 'read-3']);
});
