/*
 * Builds the addons in prebuilds/ that were not built from their sources as they are, or all with `--force`: on Windows the one for
 * Windows (there run it with "npm exec --call", which says where npm's node-gyp is), elsewhere those that gcc and mingw-w64 make.
 */

import { argv, platform } from 'node:process';
import { buildLinux } from './linux/build.mjs';
import { addonFile, isUpToDate, writeStamp } from './stamp.mjs';
import { buildWindows } from './windows/build.mjs';

const builds = { 'win32-x64': buildWindows, ...(platform !== 'win32' && { 'linux-x64': buildLinux }) };

try {
  for (const [system, build] of Object.entries(builds)) await bringUpToDate(system, build);
} catch (error) {
  process.exitCode = 1;
  console.error(error.code === 'ENOENT' ? missing(error) : error.stderr || error.stdout || error.message);
}

async function bringUpToDate(system, build) {
  const file = addonFile(system);
  if (!argv.includes('--force') && isUpToDate(system)) {
    console.log(`${file} is up to date`);
    return;
  }
  await build(file);
  writeStamp(system);
  console.log(`built ${file}`);
}

function missing({ path }) {
  return `${path} is not installed: the addons need gcc and mingw-w64 (Debian: apt-get install gcc g++-mingw-w64-x86-64-posix).`;
}
