import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = join(root, 'dist');
const code = globSync('**/*.{js,cjs}', { cwd: dist }).map((file) => {
  const path = join(dist, file);
  return { file, directory: dirname(path), text: readFileSync(path, 'utf8') };
});
const found = (pattern: RegExp, path?: string) =>
  code
    .filter(({ file }) => path === undefined || join(dist, file) === path)
    .flatMap(({ file, directory, text }) =>
      [...text.matchAll(pattern)].map(([, one, other = '']) => ({ file, directory, name: one ?? other })),
    );

const imported = /^(?:import|export)\b.*?["']([^"']+)["'];?$/gm;
/** Where a script begins: what is asked for later stands within functions. */
const required = /^(?:const|let|var) .*?\brequire\(["']([^"']+)["']\)|^require\(["']([^"']+)["']\)/gm;
const loaded = /^const script = load\('([^']+)'\);$/gm;

test('the built program loads no package but those that are installed with it', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = [...found(imported), ...found(required)].map(({ name }) => name);
  const packages = names.filter((name) => !name.startsWith('.') && !isBuiltin(name));
  expect(packages.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
  expect(names.length).toBeGreaterThan(100);
});

/** What is read at once when a file is loaded: itself, and what it loads, and so on. */
function readWith(file: string): string[] {
  const reached = new Set([join(dist, file)]);
  for (const path of reached) {
    const beside = [...found(imported, path), ...found(required, path)];
    for (const { directory, name } of beside) if (name.startsWith('.')) reached.add(resolve(directory, name));
    for (const { name } of found(loaded, path)) reached.add(join(dist, 'program', name));
  }
  return [...reached].map((path) => relative(dist, path).replaceAll('\\', '/'));
}

test('what is read is there', () => {
  for (const { file } of code)
    for (const read of readWith(file)) expect(existsSync(join(dist, read)), read).toBe(true);
});

test('a thread is one file, and who asks for the version reads few', () => {
  for (const thread of [
    'cli/scripts.js',
    'scan/worker.js',
    'upload/lane-thread.js',
    'download/lane-thread.js',
  ])
    expect(readWith(thread)).toEqual([thread]);
  expect(readWith('cli/main.js').length).toBeLessThan(8);
});

test('the library does without the command line, and a command waits for the library', () => {
  const library = readWith('index.js');
  expect(library.length).toBeGreaterThan(4);
  expect(library.filter((file) => /chunks.(cli|oclif)-/.test(file))).toEqual([]);
  const s3 = code.map(({ file }) => file).filter((file) => /chunks.s3-/.test(file));
  expect(s3).toHaveLength(1);
  expect(readWith(s3[0] as string).filter((file) => /chunks.(cli|oclif)-/.test(file))).toEqual([]);
  const push = readWith('commands/push.js');
  expect(push.length).toBeGreaterThan(4);
  expect(push.length).toBeLessThan(17);
  expect(push.filter((file) => /chunks.(api|dist)-/.test(file))).toEqual([]);
});

test('modules of Node are not read export by export', () => {
  const builtins = found(imported).filter(({ name }) => isBuiltin(name));
  expect(builtins).toEqual([]);
});

test('code of modules requires no file beside it, as that is not there any more', () => {
  const modules = found(/\brequire\w*\(["'](\.[^"']*)["']\)/g).filter(({ file }) => file.endsWith('.js'));
  expect(modules).toEqual([]);
});

test('modules and scripts still know the place where they were', () => {
  const place =
    /new URL\("([^"]+)", (?:import\.meta\.url|require\("node:url"\)\.pathToFileURL\(__filename\))\)\.href/g;
  const places = found(place).map(({ directory, name }) => resolve(directory, name));
  expect(places).toContain(join(dist, 'upload/lanes.js'));
  for (const one of places) expect(existsSync(dirname(one)), one).toBe(true);
  expect(code.filter(({ text }) => text.includes('PLACE_OF_MODULE'))).toEqual([]);
});

test('scripts import by the function that they are given', () => {
  const direct = found(/(\bimport\((?!\)))/g).filter(({ file }) => file.endsWith('.cjs'));
  expect(direct.length).toBeGreaterThan(0);
  // One a file: where the function is.
  expect(new Set(direct.map(({ file }) => file)).size).toBe(direct.length);
});

test('the licences of what is in it go along', () => {
  const licences = readFileSync(join(root, 'dist/LICENSES.txt'), 'utf8');
  for (const name of ['@oclif/core', '@aws-sdk/client-s3', 'zod']) expect(licences).toContain(`${name}: `);
});
