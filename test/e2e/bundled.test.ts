import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const code = globSync('dist/**/*.js', { cwd: root }).map((file) => {
  const path = join(root, file);
  return { file, directory: dirname(path), text: readFileSync(path, 'utf8') };
});
const found = (pattern: RegExp) =>
  code.flatMap(({ file, directory, text }) =>
    [...text.matchAll(pattern)].map(([, name = '']) => ({ file, directory, name })),
  );

test('the built program loads no package but those that are installed with it', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = found(/^(?:import|export)\b.*?["']([^"']+)["'];?$/gm).map(({ name }) => name);
  const packages = names.filter((name) => !name.startsWith('.') && !isBuiltin(name));
  expect(packages.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
  expect(names.length).toBeGreaterThan(100);
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
