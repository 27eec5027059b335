import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const code = globSync('dist/**/*.js', { cwd: root }).map((file) => {
  const path = join(root, file);
  return { file, directory: dirname(path), text: readFileSync(path, 'utf8') };
});
const found = (pattern: RegExp, path?: string) =>
  code
    .filter(({ file }) => path === undefined || join(root, file) === path)
    .flatMap(({ file, directory, text }) =>
      [...text.matchAll(pattern)].map(([, name = '']) => ({ file, directory, name })),
    );

test('the built program loads no package but those that are installed with it', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = found(/^(?:import|export)\b.*?["']([^"']+)["'];?$/gm).map(({ name }) => name);
  const packages = names.filter((name) => !name.startsWith('.') && !isBuiltin(name));
  expect(packages.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
  expect(names.length).toBeGreaterThan(100);
});

/** What is read at once when a file is loaded: itself, and what it imports, and so on. */
function readWith(file: string): string[] {
  const reached = new Set([join(root, 'dist', file)]);
  for (const path of reached)
    for (const { directory, name } of found(/^(?:import|export)\b.*?["'](\.[^"']*)["'];?$/gm, path))
      reached.add(resolve(directory, name));
  return [...reached].map((path) => relative(join(root, 'dist'), path).replaceAll('\\', '/'));
}

test('a thread is one file, and who asks for the version reads few', () => {
  for (const thread of ['scan/worker.js', 'upload/lane-thread.js', 'download/lane-thread.js'])
    expect(readWith(thread)).toEqual([thread]);
  expect(readWith('cli/main.js').length).toBeLessThan(5);
});

test('the library does without the command line, and a command waits for the library', () => {
  const library = readWith('index.js');
  expect(library.filter((file) => /chunks.(cli|oclif)-/.test(file))).toEqual([]);
  const [s3 = ''] = code.map(({ file }) => relative('dist', file)).filter((file) => /chunks.s3-/.test(file));
  expect(readWith(s3).filter((file) => /chunks.(cli|oclif)-/.test(file))).toEqual([]);
  expect(readWith('commands/push.js').length).toBeLessThan(15);
  expect(readWith('commands/push.js').filter((file) => /chunks.(api|dist)-/.test(file))).toEqual([]);
});

test('modules of Node are not read export by export', () => {
  expect(found(/^import\b.*?["']([^"'.][^"']*)["'];?$/gm).filter(({ name }) => isBuiltin(name))).toEqual([]);
});

test('it requires no file beside one that is not there any more', () => {
  expect(found(/\brequire\w*\(["'](\.[^"']*)["']\)/g)).toEqual([]);
});

test('modules still know the place where they were', () => {
  const places = found(/new URL\("([^"]+)", import\.meta\.url\)\.href/g).map(({ directory, name }) =>
    resolve(directory, name),
  );
  expect(places).toContain(join(root, 'dist/upload/lanes.js'));
  for (const place of places) expect(existsSync(dirname(place)), place).toBe(true);
  expect(code.filter(({ text }) => text.includes('PLACE_OF_MODULE'))).toEqual([]);
});

test('the licences of what is in it go along', () => {
  const licences = readFileSync(join(root, 'dist/LICENSES.txt'), 'utf8');
  for (const name of ['@oclif/core', '@aws-sdk/client-s3', 'zod']) expect(licences).toContain(`${name}: `);
});
