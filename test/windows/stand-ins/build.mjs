import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lane, runInWine, stopWine } from '../lane.mjs';
import { run } from '../run-program.mjs';

/*
 * Builds the stand-ins for parts of Windows that Wine has not, and puts them into the lane's prefix, with a small volume T: and
 * the place where frozen volumes appear. A program of the lane then finds them as it finds the real ones on Windows.
 */

const here = dirname(fileURLToPath(import.meta.url));
const compiler = 'x86_64-w64-mingw32-g++-posix';

const targets = [
  {
    name: 'vssapi.dll',
    sources: ['vssapi.cc', 'copies.cc', 'faults.cc', 'mounts.cc', 'vssapi.def'],
    libraries: ['ole32', 'oleaut32', 'uuid'],
  },
  { name: 'rstrtmgr.dll', sources: ['rstrtmgr.cc', 'rstrtmgr.def'], libraries: [] },
  { name: 'lock.exe', sources: ['lock.cc'], libraries: [] },
  {
    name: 'units.exe',
    sources: [
      '../native/units.cc',
      ...['files-wtf8', 'files-failure', 'owners-sweep', 'owners-thread'].map(
        (name) => `../../../native/windows/src/${name}.cc`,
      ),
    ],
    libraries: [],
  },
];

const built = join(lane.cache, 'stand-ins');
const devices = join(lane.prefix, 'dosdevices');

mkdirSync(built, { recursive: true });
for (const target of targets) install(target);
await preferOurs(targets.map(({ name }) => name).filter((name) => name.endsWith('.dll')));
link(join(lane.cache, 'volume'), 't:');
// "\\?\GLOBALROOT\..." is looked up like a drive.
link(join(lane.cache, 'globalroot'), 'globalroot');
mkdirSync(join(lane.cache, 'globalroot/Device'), { recursive: true });
// What runs still would go on without them: drives are looked for when Wine starts.
stopWine();

function install({ name, sources, libraries }) {
  const file = join(built, name);
  if (isOlder(file, newest())) compile(file, sources, libraries);
  const target = join(lane.system32, name);
  if (!isOlder(target, modified(file))) return;
  // Wine's own may be a link to a shared file, which is not ours to write to.
  rmSync(target, { force: true });
  copyFileSync(file, target);
}

function compile(file, sources, libraries) {
  const kind = file.endsWith('.dll') ? ['-shared'] : ['-municode'];
  const paths = sources.map((source) => join(here, source));
  const flags = ['-std=c++17', '-O1', '-Wall', '-Wextra', '-static', '-s'];
  run(compiler, [...flags, ...kind, '-o', file, ...paths, ...libraries.map((name) => `-l${name}`)]);
}

/** Wine prefers its own libraries unless told otherwise. */
async function preferOurs(libraries) {
  const log = join(lane.logs, 'setup.log');
  for (const library of libraries) {
    const name = library.replace('.dll', '');
    const key = 'HKCU\\Software\\Wine\\DllOverrides';
    const code = await runInWine(['reg', 'add', key, '/v', name, '/t', 'REG_SZ', '/d', 'native', '/f'], {
      log,
    });
    if (code !== 0) throw new Error(`reg add ${name} ended with ${code}: see ${log}`);
  }
}

function link(folder, device) {
  mkdirSync(folder, { recursive: true });
  rmSync(join(devices, device), { force: true });
  symlinkSync(folder, join(devices, device));
}

function newest() {
  return Math.max(...readdirSync(here).map((name) => modified(join(here, name))));
}

function isOlder(file, than) {
  return !existsSync(file) || modified(file) < than;
}

function modified(file) {
  return statSync(file).mtimeMs;
}
