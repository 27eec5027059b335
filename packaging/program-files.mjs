import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Which files the program consists of, and the licences that go with them.
 */

/**
 * @param root of the project, built
 * @param system such as `win32-x64`: its addon goes along, if there is one
 * @throws if the project or the addon is not built
 * @returns files as `{ path, bytes }`, in the order of their paths, `path` relative and with `/`
 */
export function programFiles(root, system) {
  if (!existsSync(join(root, 'oclif.manifest.json')) || !existsSync(join(root, 'dist/cli/main.js')))
    throw new Error('The program is not built: npm run build');
  const dependencies = productionPackages(root);
  const packed = [
    'package.json',
    'LICENSE',
    ...publishedPaths(root).flatMap((name) => filesIn(root, name).filter(isCode)),
    ...dependencies.flatMap((name) => filesIn(root, name).filter(isCode)),
    ...addonOf(root, system),
  ].map((path) => ({ path, bytes: readFileSync(join(root, path)) }));
  const licences = { path: 'LICENSES.txt', bytes: licencesOf(root, dependencies) };
  return [...packed, licences].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What the package on npm consists of; its addons are for several systems. */
function publishedPaths(root) {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return files.filter((name) => name !== 'prebuilds');
}

/** Directories of the packages that the lock file does not know as of development alone. */
function productionPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.keys(packages).filter((path) => path !== '' && !packages[path].dev);
}

const addons = ['win32-x64'];

function addonOf(root, system) {
  if (!addons.includes(system)) return [];
  const addon = `prebuilds/${system}/bmcloud.node`;
  if (!existsSync(join(root, addon))) throw new Error('The addon is not built: node native/build.mjs');
  return [addon];
}

/** A file itself; of a directory, all but the packages in it: those are in the lock file themselves. */
function filesIn(root, directory) {
  if (statSync(join(root, directory)).isFile()) return [directory];
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesIn(root, path);
    return entry.isFile() ? [path] : [];
  });
}

/** Builds for bundlers, browsers and React Native, which Node never takes, and what only tests and people read. */
const others = [
  /^node_modules\/@(aws-sdk|smithy)\/[^/]+\/dist-(es|types)\//,
  /\.(browser|native)\.js$/,
  /^node_modules\/(@[^/]+\/)?[^/]+\/(tests?|docs?|examples?|benchmarks?)\//,
  /^node_modules\/zod\/.*\.cjs$/,
];

function isCode(path) {
  return /\.(js|cjs|mjs|json|node|wasm)$/.test(path) && !others.some((pattern) => pattern.test(path));
}

function licencesOf(root, dependencies) {
  const texts = dependencies.flatMap((directory) => {
    const names = readdirSync(join(root, directory)).filter((name) =>
      /^(licen[cs]e|notice|copying)/i.test(name),
    );
    return names.map((name) => {
      const title = `${directory.slice(directory.lastIndexOf('node_modules/') + 13)}: ${name}`;
      return `${title}\n${'='.repeat(title.length)}\n\n${readFileSync(join(root, directory, name), 'utf8').trim()}\n`;
    });
  });
  return Buffer.from(texts.join('\n\n'));
}
