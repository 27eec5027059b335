import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unpacked } from '../../packaging/launcher/unpack.ts';
import { packed } from './packed.ts';

const files = {
  'dist/cli/main.js': 'export function main() {}\n',
  'dist/empty.js': '',
  'node_modules/left/index.js': 'module.exports = 1;\n',
  'package.json': '{"type":"module"}\n',
};
const program = packed(files);

let place: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-place-')));
});
afterEach(() => rmSync(place, { recursive: true }));

function contents(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const plain = entries.filter((entry) => !entry.isDirectory() && entry.name !== '.complete');
  const found = plain.map(({ parentPath, name }) => join(parentPath, name));
  const name = (file: string) => file.slice(directory.length + 1).replaceAll('\\', '/');
  return Object.fromEntries(found.map((file) => [name(file), readFileSync(file, 'utf8')]));
}

/** Hides that it was written later. */
function replace(file: string, text: string): void {
  writeFileSync(file, text);
  utimesSync(file, 1e9, 1e9);
}

/** Lets time pass for what is unpacked. */
function age(directory: string, days: number): void {
  const marker = join(directory, '.complete');
  const facts = JSON.parse(readFileSync(marker, 'utf8')) as { checkedAt: number };
  const then = Date.now() - days * 86_400_000;
  writeFileSync(marker, JSON.stringify({ ...facts, checkedAt: then }));
  utimesSync(marker, then / 1000, then / 1000);
}

test('a program is unpacked as it was packed, for us alone, and nothing else is left there', () => {
  const directory = unpacked(program, place, false);
  expect(directory).toBe(join(place, program.name));
  expect(contents(directory)).toEqual(files);
  expect(readdirSync(place)).toEqual([program.name]);
  if (process.platform === 'win32') return;
  for (const name of ['.', 'dist/cli', 'dist/cli/main.js', '.complete'])
    expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
});

test('the second time nothing is written', () => {
  const directory = unpacked(program, place, false);
  const times = () =>
    ['.complete', 'dist/cli/main.js'].map((name) => statSync(join(directory, name)).mtimeMs);
  const before = times();
  for (const thorough of [false, true]) expect(unpacked(program, place, thorough)).toBe(directory);
  expect(times()).toEqual(before);
});

test('another program has another directory, whatever its version says', () => {
  const other = packed({ ...files, 'dist/empty.js': '// not empty' });
  expect(unpacked(other, place, false)).not.toBe(unpacked(program, place, false));
});

describe('what was changed is noticed at the next start, and mended', () => {
  const damages: [string, (directory: string) => void][] = [
    ['a missing file', (directory) => rmSync(join(directory, 'dist/cli/main.js'))],
    ['a missing directory', (directory) => rmSync(join(directory, 'node_modules'), { recursive: true })],
    ['a shorter file', (directory) => replace(join(directory, 'package.json'), '{}')],
    [
      'a file of the same size, written later',
      (directory) => {
        const file = join(directory, 'package.json');
        writeFileSync(file, files['package.json'].replace('module', 'nodule'));
        const later = Date.now() / 1000 + 5;
        utimesSync(file, later, later);
      },
    ],
    [
      'a directory in place of a file',
      (directory) => {
        rmSync(join(directory, 'dist/empty.js'));
        mkdirSync(join(directory, 'dist/empty.js/within'), { recursive: true });
      },
    ],
    ['a marker that says nothing', (directory) => writeFileSync(join(directory, '.complete'), '{')],
    ['no marker', (directory) => rmSync(join(directory, '.complete'))],
  ];
  test.each(damages)('%s', (_, damage) => {
    const directory = unpacked(program, place, false);
    damage(directory);
    unpacked(program, place, false);
    expect(contents(directory)).toEqual(files);
    const { mtimeMs } = statSync(join(directory, '.complete'));
    unpacked(program, place, false);
    expect(statSync(join(directory, '.complete')).mtimeMs).toBe(mtimeMs); // a glance is enough again
  });
});

describe('what a glance does not show is found by a thorough check, and once a day', () => {
  const hidden: [string, (directory: string) => void][] = [
    [
      'a file of the same size and time',
      (directory) =>
        replace(join(directory, 'package.json'), files['package.json'].replace('module', 'nodule')),
    ],
    [
      'a module that nobody packed',
      (directory) => {
        mkdirSync(join(directory, 'dist/node_modules/left'), { recursive: true });
        writeFileSync(join(directory, 'dist/node_modules/left/index.js'), 'stolen()');
      },
    ],
  ];
  test.each(hidden)('%s', (_, damage) => {
    const directory = unpacked(program, place, false);
    damage(directory);
    unpacked(program, place, false);
    expect(contents(directory)).not.toEqual(files);
    unpacked(program, place, true);
    expect(contents(directory)).toEqual(files);
    damage(directory);
    age(directory, 1.1);
    unpacked(program, place, false);
    expect(contents(directory)).toEqual(files);
  });

  test.runIf(process.platform !== 'win32')('a directory elsewhere, by a symbolic link', () => {
    const directory = unpacked(program, place, false);
    const elsewhere = join(place, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'index.js'), files['node_modules/left/index.js']);
    rmSync(join(directory, 'node_modules/left'), { recursive: true });
    symlinkSync(elsewhere, join(directory, 'node_modules/left'));
    unpacked(program, place, true);
    expect(statSync(join(directory, 'node_modules/left')).ino).not.toBe(statSync(elsewhere).ino);
    expect(readdirSync(elsewhere)).toEqual(['index.js']);
    expect(contents(directory)).toEqual(files);
  });
});

test('an executable whose data are damaged says so, and leaves nothing', () => {
  const good = packed(files);
  const damaged = { ...good, bytes: () => Buffer.from(good.bytes()).fill(0, 3, 4) };
  expect(() => unpacked(damaged, place, false)).toThrow(/ is damaged$/);
  expect(readdirSync(place)).toEqual([]);
});

describe('once a day', () => {
  test('programs that nobody used for 30 days are removed, and what killed starts left', () => {
    const old = unpacked(packed(files, '1.0.0'), place, false);
    const recent = unpacked(packed(files, '1.1.0'), place, false);
    age(old, 31);
    age(recent, 29);
    const longAgo = Date.now() / 1000 - 2 * 86_400;
    for (const name of ['.scratch-old', '.scratch-now', 'of somebody else'])
      mkdirSync(join(place, name, 'within'), { recursive: true });
    for (const name of ['.scratch-old', 'of somebody else']) utimesSync(join(place, name), longAgo, longAgo);
    const current = unpacked(program, place, false);
    age(current, 31);
    unpacked(program, place, false);
    const names = ['.scratch-now', basename(recent), basename(current), 'of somebody else'];
    expect(new Set(readdirSync(place))).toEqual(new Set(names));
  });

  test('a start says that the program is in use', () => {
    const directory = unpacked(program, place, false);
    const marker = join(directory, '.complete');
    const then = Date.now() / 1000 - 7200;
    utimesSync(marker, then, then);
    unpacked(program, place, false);
    expect(Date.now() - statSync(marker).mtimeMs).toBeLessThan(60_000);
  });
});
