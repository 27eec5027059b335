import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { licencesOf } from './licences.mjs';
import { fetched } from './packages.mjs';

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
  const packages = productionPackages(root, system);
  const own = ['package.json', 'LICENSE', ...publishedPaths(root), ...addonOf(root, system)];
  const found = [
    ...own.flatMap((path) => filesIn(join(root, path), path)),
    ...packages.flatMap(({ path, directory }) => filesIn(directory, path)),
  ];
  const packed = found
    .filter(({ path }) => path === 'LICENSE' || isCode(path))
    .map(({ path, file }) => ({ path, bytes: readFileSync(file) }));
  const bundled = readFileSync(join(root, 'dist/LICENSES.txt'), 'utf8');
  const apart = licencesOf(packages.map(({ path, directory }) => ({ name: nameOf(path), directory })));
  const licences = { path: 'LICENSES.txt', bytes: Buffer.from(`${bundled}\n\n${apart}`) };
  return [...packed, licences].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What the package on npm consists of; its addons are for several systems. */
function publishedPaths(root) {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return files.filter((name) => name !== 'prebuilds');
}

/**
 * The packages that the lock file knows as more than of development, and as of this system.
 * @returns `path` in the project, and `directory` where its files are: those for another system than ours are fetched
 */
function productionPackages(root, system) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const locked = Object.entries(packages).filter(
    ([path, facts]) => path !== '' && !facts.dev && isFor(system, facts),
  );
  return locked.map(([path, { version, integrity }]) => {
    const installed = join(root, path);
    if (existsSync(installed)) return { path, directory: installed };
    return { path, directory: fetched({ name: nameOf(path), version, integrity }) };
  });
}

/** Node's own builds for Linux are of glibc. */
function isFor(system, { os, cpu, libc }) {
  const [platform, arch] = system.split('-');
  return [
    [os, platform],
    [cpu, arch],
    [libc, 'glibc'],
  ].every(([wanted, given]) => wanted === undefined || wanted.includes(given));
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

const addons = ['win32-x64', 'linux-x64'];

function addonOf(root, system) {
  if (!addons.includes(system)) return [];
  const addon = `prebuilds/${system}/bmcloud.node`;
  if (!existsSync(join(root, addon))) throw new Error('The addon is not built: node native/build.mjs');
  return [addon];
}

/** A file itself; of a directory, all but the packages in it: those are in the lock file themselves. */
function filesIn(file, path) {
  if (statSync(file).isFile()) return [{ file, path }];
  return readdirSync(file, { withFileTypes: true }).flatMap(({ name }) =>
    name === 'node_modules' ? [] : filesIn(join(file, name), `${path}/${name}`),
  );
}

/** What Node never takes, and what only tests and people read. */
const others = [
  /^node_modules\/(@[^/]+\/)?[^/]+\/(tests?|docs?|examples?|benchmarks?)\//,
  /^node_modules\/zod\/.*\.cjs$/,
];

function isCode(path) {
  return /\.(js|cjs|mjs|json|node|wasm)$/.test(path) && !others.some((pattern) => pattern.test(path));
}
