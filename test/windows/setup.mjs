import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, exit, getuid, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { lane, nodePackage, project, runInWine, stopWine, wine } from './lane.mjs';
import { fetchPackage, lockedPackage } from './packages.mjs';
import { run } from './run-program.mjs';

/*
 * Sets up the Windows lane: Wine with a prefix of its own, the Windows build of Node, the native packages that the tests' tools
 * need there, the addon and its stand-ins. What is there already is left as it is, so a second time takes a moment.
 */

const here = dirname(fileURLToPath(import.meta.url));
const compiler = 'x86_64-w64-mingw32-gcc-posix';
/** Change it when a prefix has to be made anew. */
const PREFIX_VERSION = '1';

/** Packages whose native part comes apart from them, a package for each system. */
const nativePackages = [
  '@parcel/watcher-win32-x64',
  '@rolldown/binding-win32-x64-msvc',
  'lightningcss-win32-x64-msvc',
];

export async function setup() {
  await step('programs', installPrograms);
  mkdirSync(lane.logs, { recursive: true });
  await step('node.exe', fetchNode);
  await step('native packages', fetchNativePackages);
  await step('prefix', makePrefix);
  await step('random numbers', buildRandom);
  for (const [name, script] of builds) await step(name, () => buildWith(script));
}

/** Parts that have a script of their own. */
const builds = [
  ['addon', join(project, 'native/build.mjs')],
  ['stand-ins', join(here, 'stand-ins/build.mjs')],
];

async function step(name, act) {
  const begin = Date.now();
  const done = await act();
  console.log(`windows lane: ${name}: ${done ?? 'there'} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
}

function installPrograms() {
  if (platform !== 'linux')
    throw new Error('The Windows lane needs Linux: elsewhere run the tests on a real Windows');
  const missing = [
    ...(existsSync(wine.program) && existsSync(wine.server) ? [] : ['wine64']),
    ...(run('which', [compiler], { quiet: true, mayFail: true }) ? [] : ['g++-mingw-w64-x86-64-posix']),
  ];
  if (missing.length === 0) return undefined;
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  if (getuid() !== 0) throw new Error(`Missing: ${missing.join(', ')}. As root: ${command.join(' ')}`);
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update'], { quiet: true, mayFail: true });
  run(command[0], command.slice(1), { quiet: true, env: environment });
  return `installed ${missing.join(', ')}`;
}

async function fetchNode() {
  if (existsSync(lane.node)) return undefined;
  const folder = await fetchPackage(nodePackage);
  mkdirSync(dirname(lane.node), { recursive: true });
  renameSync(join(folder, 'bin/node.exe'), lane.node);
  rmSync(folder, { recursive: true });
  return `fetched ${nodePackage.version}`;
}

async function fetchNativePackages() {
  const fetched = [];
  for (const name of nativePackages) {
    const wanted = lockedPackage(name);
    const target = join(lane.modules, name);
    if (versionOf(target) === wanted.version) continue;
    const folder = await fetchPackage(wanted);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    renameSync(folder, target);
    fetched.push(`${name} ${wanted.version}`);
  }
  return fetched.length > 0 ? `fetched ${fetched.join(', ')}` : undefined;
}

function versionOf(folder) {
  const facts = join(folder, 'package.json');
  return existsSync(facts) ? JSON.parse(readFileSync(facts, 'utf8')).version : undefined;
}

/** A Windows 10, for Node 22 runs on nothing older. */
async function makePrefix() {
  const stamp = join(lane.prefix, 'bmcloud-lane');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === PREFIX_VERSION) return undefined;
  stopWine();
  rmSync(lane.prefix, { recursive: true, force: true });
  mkdirSync(lane.prefix, { recursive: true });
  await inWine(['wineboot', '-u']);
  await inWine(['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/t', 'REG_SZ', '/d', 'win10', '/f']);
  stopWine();
  writeFileSync(stamp, PREFIX_VERSION);
  return 'made';
}

async function inWine(args) {
  const log = join(lane.logs, 'setup.log');
  const code = await runInWine(args, { log });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: see ${log}`);
}

function buildRandom() {
  const source = join(here, 'runtime/bcryptprimitives.c');
  const target = join(lane.system32, 'bcryptprimitives.dll');
  if (existsSync(target) && statSync(target).mtimeMs > statSync(source).mtimeMs) return undefined;
  run(compiler, ['-O1', '-shared', '-s', '-o', target, source, '-ladvapi32']);
  return 'built';
}

function buildWith(script) {
  if (!existsSync(script)) return 'none yet';
  run('node', [script], { env: { BMCLOUD_WINDOWS_LANE: lane.cache } });
  return 'built';
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await setup();
  } catch (error) {
    console.error(`windows lane: ${error.message}`);
    exit(1);
  }
}
