import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/*
 * The rules that keep the layout showing the data's way (docs/architecture.md).
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '');
const sources = tracked.filter((file) => /^src\/.*\.ts$/.test(file) && !file.endsWith('.d.ts'));
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

/** What everybody may import. */
const ground = ['model', 'errors', 'flow'];
const rooms = [
  'rules',
  'scan',
  'schedule',
  'diff',
  'read',
  'chunk',
  'seal',
  'pack',
  'store',
  'manifest',
  'repository',
  'owners',
  'shadow',
  'native',
  'archive',
];
/** Parts of operations: they serve `src/*.ts`. */
const operations = ['upload', 'download', 'mirror', 'verify', 'bundle', 'unpack', 'digest', 'watch'];
const allowed: Record<string, string[]> = {
  ...Object.fromEntries(rooms.map((room) => [room, ground])),
  // The walk has a thread of its own, and asks the rules and the addon there.
  scan: [...ground, 'rules', 'native'],
  model: ['errors', 'flow'],
  flow: ['errors', 'model'],
  // Locks are the system's.
  repository: [...ground, 'store', 'seal', 'pack', 'manifest', 'chunk', 'native'],
  ...Object.fromEntries(operations.map((part) => [part, [...ground, ...rooms, 'match-paths']])),
  // Archives are written, and unpacked, as a restore writes: under other names first.
  ...Object.fromEntries(
    ['bundle', 'unpack'].map((part) => [part, [...ground, ...rooms, 'match-paths', 'download']]),
  ),
  // It sets up the memory of the process before the library is loaded.
  cli: [...ground, 'index', 'native'],
  commands: ['cli', 'index', 'errors'],
};

/** The first folder below src, or for a file of src itself, its name. */
function roomOf(file: string): string {
  const [first = '', second] = relative('src', file).split('/');
  return second === undefined ? first.replace(/\.ts$/, '') : first;
}

function importsOf(file: string): string[] {
  const found = textOf(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g);
  return Array.from(found, ([, path]) => normalize(join(dirname(file), path as string)));
}

/** An operation may have the name of its parts: it is no part of them. */
function rulesFor(file: string): string[] | undefined {
  const isPage = !relative('src', file).includes('/') && operations.includes(roomOf(file));
  return isPage ? undefined : allowed[roomOf(file)];
}

test('rooms import only what they may', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const room = roomOf(file);
    for (const target of importsOf(file)) {
      const other = roomOf(target);
      const mayImport = rulesFor(file) ?? [...ground, ...rooms, ...operations, 'operation'];
      const kind =
        relative('src', target).includes('/') || other in allowed || other === 'errors' ? other : 'operation';
      if (other === room || mayImport.includes(other) || mayImport.includes(kind)) continue;
      wrong.push(`${file} imports ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

describe('each foreign thing has one owner', () => {
  test.each([
    ['the AWS SDK', /from '@(aws-sdk|smithy)\//, /^src\/store\/s3/],
    ['oclif', /from '@oclif\//, /^src\/(cli|commands)\//],
    [
      'the process',
      /\bprocess\.(env|argv|exit|exitCode|stdin|stdout|stderr|cwd|on|off)\b/,
      /^src\/(cli|commands)\//,
    ],
    ['the console', /\bconsole\.\w+\(/, /^$/],
  ])('%s', (_, pattern, owner) => {
    const others = sources.filter((file) => !owner.test(file) && pattern.test(withoutComments(textOf(file))));
    expect(others).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

test('nothing is left for later, and nobody else is spoken of', () => {
  const words = [
    ['TO', 'DO'],
    ['FIX', 'ME'],
    ['/wo', 'rk/'],
    ['/ro', 'ot/go'],
    ['registry.npm', 'js.org'],
  ].map((parts) => parts.join(''));
  const texts = tracked.filter((file) => /\.(ts|mts|mjs|js|json|md|yml|sh)$|^\.ci\/|^\.npmrc$/.test(file));
  const found = texts.flatMap((file) => {
    const text = textOf(file);
    return words.filter((word) => text.includes(word)).map((word) => `${file}: ${word}`);
  });
  expect(found).toEqual([]);
});

test('the lock file names packages, not hosts', () => {
  expect(textOf('package-lock.json')).not.toMatch(
    /"resolved"|https?:\/\/(?!.*(fund|spons|opencollective|patreon))[^"]*\.tgz/,
  );
});

test('dependencies are exact', () => {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<
    string,
    Record<string, string>
  >;
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

/** Lines of the longest files: a room that gets crowded is divided before it is added to. */
const MOST_LINES = 400;
const WORTH_A_LOOK = 250;

test('files stay small', () => {
  const sizes = sources.map((file) => ({ file, lines: textOf(file).split('\n').length }));
  const long = sizes.filter(({ lines }) => lines > WORTH_A_LOOK).sort((a, b) => b.lines - a.lines);
  const median = sizes.map(({ lines }) => lines).sort((a, b) => a - b)[Math.floor(sizes.length / 2)];
  console.info(
    `${sizes.length} files, median ${median} lines; above ${WORTH_A_LOOK}: ${long.map(({ file, lines }) => `${file} ${lines}`).join(', ') || 'none'}`,
  );
  expect(long.filter(({ lines }) => lines > MOST_LINES)).toEqual([]);
});
