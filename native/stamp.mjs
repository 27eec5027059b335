/*
 * What the prebuilt addons were made from. They are in the repository, so that nobody needs a compiler, and beside each stands a stamp: the
 * hash of its sources and its own. A test compares them, so an addon that was forgotten is seen.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('.', import.meta.url));
const project = join(native, '..');

/** By the name of its system, the folder of an addon's sources, and the packages whose headers it takes. */
const addons = {
  'win32-x64': { folder: 'windows', headers: ['node-addon-api', 'node-api-headers'] },
  'linux-x64': { folder: 'linux', headers: ['node-api-headers'] },
};

export const systems = Object.keys(addons);

export function addonFile(system) {
  return join(project, 'prebuilds', system, 'bmcloud.node');
}

function stampFile(system) {
  return join(project, 'prebuilds', system, 'bmcloud.json');
}

/** What is so now: `{ sources, addon }`, SHA-256 as hex; no addon is the empty text. */
export function stampOfNow(system) {
  return { sources: hashOfSources(system), addon: hashOfAddon(system) };
}

/** What was so when the addon was built. */
export function stampOfBuild(system) {
  return JSON.parse(textOf(stampFile(system)) || '{}');
}

export function writeStamp(system) {
  writeFileSync(stampFile(system), `${JSON.stringify(stampOfNow(system), undefined, 2)}\n`);
}

export function isUpToDate(system) {
  const [now, build] = [stampOfNow(system), stampOfBuild(system)];
  return now.sources === build.sources && now.addon === build.addon;
}

/** Code, flags, and the headers of others, by their versions. */
function hashOfSources(system) {
  const { folder, headers } = addons[system];
  const { devDependencies } = JSON.parse(textOf(join(project, 'package.json')));
  const hash = createHash('sha256');
  for (const name of headers) hash.update(`${name} ${devDependencies[name]}\n`);
  for (const path of sourcePaths(join(native, folder)))
    hash.update(`${path}\n`).update(textOf(join(native, folder, path)));
  return hash.digest('hex');
}

function sourcePaths(folder) {
  const names = readdirSync(folder, { recursive: true }).map((name) => name.replaceAll(sep, '/'));
  return names.filter((name) => /\.(c|cc|h|gyp|mjs)$/.test(name) && !name.startsWith('build/')).sort();
}

function hashOfAddon(system) {
  const bytes = readOrNothing(addonFile(system));
  return bytes.length === 0 ? '' : createHash('sha256').update(bytes).digest('hex');
}

/** With the line ends of the repository, whatever git makes of them in a checkout. */
function textOf(file) {
  return readOrNothing(file).toString().replaceAll('\r\n', '\n');
}

function readOrNothing(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return Buffer.alloc(0);
  }
}
