/*
 * What the prebuilt addon was made from. It is in the repository, so that nobody needs a compiler, and beside it stands a stamp: the
 * hash of its sources and its own. A test compares them, so an addon that was forgotten is seen.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));
const folder = join(project, 'prebuilds', 'win32-x64');

export const addonFile = join(folder, 'bmcloud.node');
const stampFile = join(folder, 'bmcloud.json');

/** What is so now: `{ sources, addon }`, SHA-256 as hex; no addon is the empty text. */
export function stampOfNow() {
  return { sources: hashOfSources(), addon: hashOfAddon() };
}

/** What was so when the addon was built. */
export function stampOfBuild() {
  return JSON.parse(textOf(stampFile) || '{}');
}

export function writeStamp() {
  writeFileSync(stampFile, `${JSON.stringify(stampOfNow(), undefined, 2)}\n`);
}

export function isUpToDate() {
  const [now, build] = [stampOfNow(), stampOfBuild()];
  return now.sources === build.sources && now.addon === build.addon;
}

/** Code, flags, and the headers of others, by their versions. */
function hashOfSources() {
  const { devDependencies } = JSON.parse(textOf(join(project, 'package.json')));
  const hash = createHash('sha256');
  for (const name of ['node-addon-api', 'node-api-headers'])
    hash.update(`${name} ${devDependencies[name]}\n`);
  for (const path of sourcePaths()) hash.update(`${path}\n`).update(textOf(join(project, 'native', path)));
  return hash.digest('hex');
}

function sourcePaths() {
  const code = readdirSync(join(project, 'native', 'src')).sort();
  return ['binding.gyp', 'build.mjs', 'delay-load-hook.cc', ...code.map((name) => `src/${name}`)];
}

function hashOfAddon() {
  const bytes = readOrNothing(addonFile);
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
