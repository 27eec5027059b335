// Makes one-file programs of the built project, by Node's single-executable support:
//   node packaging/exe.mjs [linux-x64 | win32-x64 …]     all of them, where none is named
// in build/. The project has to be built; for Windows, so has the addon (node native/build.mjs).

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arch, argv, execPath, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { writeArchive } from './archive.mjs';
import { fetched, packages } from './packages.mjs';
import { programFiles } from './program-files.mjs';
import { run } from './run.mjs';
import { withoutSignature } from './unsigned.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const targets = {
  'linux-x64': { node: 'bin/node', program: 'bmcloud-linux-x64' },
  'win32-x64': { node: 'bin/node.exe', program: 'bmcloud-win-x64.exe' },
};

/** @returns the path of the executable */
export async function makeExecutable(system, directory = join(root, 'build')) {
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'bmcloud-exe-'));
  try {
    const made = join(work, 'program');
    copyNode(system, made);
    inject(made, await dataFor(system, work));
    const program = join(directory, targets[system].program);
    moveTo(made, program);
    return program;
  } finally {
    rmSync(work, { recursive: true });
  }
}

function nodeFor(system) {
  if (!targets[system])
    throw new Error(`There are programs for ${Object.keys(targets).join(', ')}, and none for ${system}`);
  return join(fetched(packages[system]), targets[system].node);
}

function copyNode(system, to) {
  copyFileSync(nodeFor(system), to);
  if (system.startsWith('win32')) writeFileSync(to, withoutSignature(readFileSync(to)));
}

/** Code and files, as an executable carries them; made by a Node of the very version of the executable. */
async function dataFor(system, work) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const output = join(work, 'data');
  const settings = {
    main: await bundled('main', work),
    output,
    assets: {
      'thread.cjs': await bundled('thread', work),
      ...writeArchive(work, version, programFiles(root, system)),
    },
    disableExperimentalSEAWarning: true,
    // What NODE_OPTIONS would add is code of others, in a program that may be elevated.
    execArgvExtension: 'none',
  };
  writeFileSync(join(work, 'settings.json'), JSON.stringify(settings));
  run(nodeFor(`${platform}-${arch}`), ['--experimental-sea-config', join(work, 'settings.json')], work);
  return output;
}

/** A part of the launcher as one file, in CommonJS: all that an executable, and a thread of it, run by themselves. */
async function bundled(name, work) {
  const bundle = await rolldown({
    input: join(root, `packaging/launcher/${name}.ts`),
    platform: 'node',
    tsconfig: false,
  });
  const file = join(work, `${name}.cjs`);
  await bundle.write({ file, format: 'cjs' });
  await bundle.close();
  return file;
}

/** In a process of its own, for it prints of every section of the program that it does not know. */
function inject(program, data) {
  const postject = join(fetched(packages.postject), 'dist/api.js');
  run(execPath, [join(root, 'packaging/inject.mjs'), program, data, postject], root);
}

/** Onto another file system, perhaps: the copy gets its name when it is whole. */
function moveTo(made, program) {
  copyFileSync(made, `${program}.next`);
  renameSync(`${program}.next`, program);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const named = argv.slice(2);
  for (const system of named.length > 0 ? named : Object.keys(targets))
    console.log(`made ${await makeExecutable(system)}`);
}
