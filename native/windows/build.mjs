/*
 * Builds the addon for Windows: with mingw-w64 on any system that has it, on Windows with Visual Studio through node-gyp and binding.gyp.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { env, execPath, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { filesOf, put } from '../files.mjs';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

const here = fileURLToPath(new URL('.', import.meta.url));
const objects = join(here, '..', 'build', 'win32-x64');

const tool = (name) => `x86_64-w64-mingw32-${name}`;
const compiler = tool('g++-posix');
const includes = [dirname(require.resolve('node-addon-api')), require('node-api-headers').include_dir];
const defines = [
  'NAPI_VERSION=8',
  'NODE_ADDON_API_CPP_EXCEPTIONS_ALL',
  // Nothing can be thrown in a thread that is being ended: without this, the attempt ends the process.
  'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  'UNICODE',
  '_UNICODE',
  'NOMINMAX',
  'WIN32_LEAN_AND_MEAN',
  '_WIN32_WINNT=0x0A00',
];
const libraries = ['ole32', 'oleaut32', 'uuid', 'advapi32', 'delayimp'];

/** @param target where the addon is put */
export function buildWindows(target) {
  return platform === 'win32' ? buildWithVisualStudio(target) : buildWithMingw(target);
}

async function buildWithMingw(target) {
  mkdirSync(objects, { recursive: true });
  const [compiled] = await Promise.all([compileAll(), makeImportLibrary()]);
  const linked = join(objects, 'bmcloud.node');
  await run(compiler, [
    '-shared',
    '-static',
    // The same sources make the same bytes.
    '-Wl,--no-insert-timestamp',
    '-s',
    '-o',
    linked,
    ...compiled,
    `-L${objects}`,
    '-lnode_api_delay',
    ...libraries.map((name) => `-l${name}`),
  ]);
  put(linked, target);
}

async function buildWithVisualStudio(target) {
  const gyp = env.npm_config_node_gyp;
  if (gyp === undefined) throw new Error('Run it through npm: npm exec --call "node native/build.mjs"');
  await run(execPath, [gyp, 'rebuild', '--arch', 'x64'], { cwd: here, maxBuffer: 64 * 1024 * 1024 });
  put(join(here, 'build', 'Release', 'bmcloud.node'), target);
}

/** The import library that fetches Node-API functions when they are first called (see delay-load-hook.cc). */
function makeImportLibrary() {
  const definition = require('node-api-headers').def_paths.node_api_def;
  const library = join(objects, 'libnode_api_delay.a');
  return run(tool('dlltool'), ['-d', definition, '-y', library, '-D', 'node.exe']);
}

async function compileAll() {
  const sources = [join(here, 'delay-load-hook.cc'), ...filesOf(join(here, 'src'), '.cc')];
  const newestHeader = Math.max(
    ...[...filesOf(join(here, 'src'), '.h'), fileURLToPath(import.meta.url)].map(modified),
  );
  const queue = sources.map((source) => ({ source, object: join(objects, `${basename(source, '.cc')}.o`) }));
  const compiled = queue.map(({ object }) => object);
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      await compile(next, newestHeader);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return compiled;
}

async function compile({ source, object }, newestHeader) {
  if (modified(object) > Math.max(modified(source), newestHeader)) return;
  await run(compiler, [
    '-std=c++17',
    '-O2',
    '-Wall',
    '-Wextra',
    ...defines.map((name) => `-D${name}`),
    ...includes.map((path) => `-isystem${path}`),
    '-c',
    source,
    '-o',
    object,
  ]);
}

/** When a file was last written, in milliseconds; 0 where there is none. */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
