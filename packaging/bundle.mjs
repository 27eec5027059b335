// Makes few files of many: what tsc wrote to dist/, and the packages it uses, become one file for each command and thread, and
// chunks that they share. Node finds, reads and links some hundreds of modules otherwise, at every start: a push of a small tree takes
// 0.65x the CPU seconds with this, to S3 0.6x. Declarations stay as tsc wrote them.

import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { licencesOf } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** What is started by its file: by oclif, or by an import of the package. */
const entries = ['index.js', 'cli/main.js', 'cli/help.js', 'cli/command-not-found.js', 'commands/**/*.js'];

/**
 * What runs in a thread shares no module with what began it, and what loads the others none with them. Each is a file of its own, so that
 * the program is in fewer pieces, and a thread in one.
 */
const byThemselves = ['cli/scripts.js', '**/{thread,*-thread,worker}.js'];

/** Native code stays in its package. */
const external = [/^@parcel\/watcher/];

/**
 * A module that names files beside itself means where tsc put it, whatever chunk it is in now.
 * @param below where in `dist/` the chunks are; @param url how they name their own
 * @returns a plugin of rolldown
 */
function placesOfModules(below, url) {
  return {
    name: 'places-of-modules',
    transform(code, id) {
      const path = slashes(relative(dist, id));
      if (path.startsWith('..') || !code.includes('import.meta.url')) return null;
      return code.replaceAll('import.meta.url', `PLACE_OF_MODULE(${JSON.stringify(path)})`);
    },
    renderChunk(code, { fileName }) {
      return code.replace(/PLACE_OF_MODULE\("([^"]+)"\)/g, (_, path) => {
        const place = posix.relative(posix.join(below, posix.dirname(fileName)), path);
        return `new URL(${JSON.stringify(place)}, ${url}).href`;
      });
    },
  };
}

/**
 * Node's own modules by `getBuiltinModule`: an `import` reads every export of theirs, and thereby loads what Node only loads when somebody
 * asks for it. That is standard input for `node:process` (8 ms), and an HTTP client with WebSockets for `node:http` (40 ms).
 * @returns a plugin of rolldown
 */
function builtinsAsNeeded() {
  const statement = /^import (?:((?:\* as )?[\w$]+)(?:, )?)?(\{[^}]*\})? from "([\w:/]+)";$/gm;
  return {
    name: 'builtins-as-needed',
    renderChunk: (code) =>
      code.replace(statement, (all, whole, named, name) => {
        if (!isBuiltin(name)) return all;
        const targets = [whole?.replace('* as ', ''), named?.replaceAll(' as ', ': ')].filter(Boolean);
        const module = `globalThis.process.getBuiltinModule("${name}")`;
        return `const ${targets.map((target) => `${target} = ${module}`).join(', ')};`;
      }),
  };
}

/**
 * In a script that Node itself did not read, `import()` needs a setting of node:vm that may still change. Who runs it (src/cli/scripts.ts)
 * brings a function instead; where Node reads it, there is `import()` as ever.
 * @returns a plugin of rolldown
 */
function importsByFunction() {
  // Not of a text that says `import()`.
  const calls = /\bimport\((?!\))/g;
  const byFunction = 'function importModule(name) { return module.importModule?.(name) ?? import(name); }';
  return {
    name: 'imports-by-function',
    renderChunk: (code) =>
      code.search(calls) === -1 ? null : `${code.replaceAll(calls, 'importModule(')}\n${byFunction}\n`,
  };
}

/**
 * A file costs as much to find as to run: what is needed before a command is known is in one, what most commands need in two more, and
 * what S3 needs in another. None of these may need the library, nor the library them.
 */
const shared = {
  groups: [
    group('first', { reachedFrom: ['cli/main.js'], priority: 3 }),
    group('flow', { test: /[\\/]dist[\\/]flow[\\/]/, minShareCount: 2, priority: 2 }),
    // Of oclif and of proxies to S3.
    group('debug', { test: /node_modules[\\/](debug|ms|supports-color|has-flag)[\\/]/, priority: 2 }),
    group('oclif', { test: /node_modules/, minShareCount: 20, priority: 1 }),
    group('aws', { reachedFrom: ['store/s3.js'], test: /node_modules[\\/]@(aws-sdk|smithy)/, priority: 1 }),
    group('cli', { test: /[\\/]dist[\\/]cli[\\/]/, minShareCount: 6 }),
  ],
};

/** A chunk. @param reachedFrom takes only what these modules import, what that imports, and so on; not they themselves */
function group(name, { reachedFrom, ...options }) {
  if (!reachedFrom) return { name, ...options };
  const first = reachedFrom.map((file) => join(dist, file));
  const isIn = (id, bundling) => {
    const reached = new Set(first);
    for (const module of reached)
      for (const imported of bundling.getModuleInfo(module)?.importedIds ?? []) reached.add(imported);
    return reached.has(id) && !first.includes(id);
  };
  return { ...options, name: (id, bundling) => (isIn(id, bundling) ? name : null), debugName: name };
}

/**
 * @param format of `formats`
 * @returns the chunks that were written to a directory
 */
async function bundle(directory, files, format) {
  const input = Object.fromEntries(files.map((file) => [file.replace(/\.js$/, ''), join(dist, file)]));
  const made = await rolldown({
    input,
    external,
    platform: 'node',
    // Builds that wrap `require` once more (UMD) hide from a bundler what they require.
    resolve: { mainFields: ['module', 'main'] },
    tsconfig: false,
    plugins: [format.places, format.imports],
  });
  const { output } = await made.write({
    dir: directory,
    comments: { legal: true, annotation: false, jsdoc: false },
    // One character beyond Latin-1, and V8 keeps two bytes for each of the file: of a push 1.2 MB more.
    charset: 'ascii',
    codeSplitting: shared,
    ...format.names,
  });
  await made.close();
  return output.filter(({ type }) => type === 'chunk');
}

/** Modules, each in the place of its entry. */
const modules = {
  places: placesOfModules('.', 'import.meta.url'),
  imports: builtinsAsNeeded(),
  names: { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
};

/** Below `dist/program/`. */
const scripts = {
  places: placesOfModules('program', 'require("node:url").pathToFileURL(__filename)'),
  imports: importsByFunction(),
  names: {
    format: 'cjs',
    exports: 'named',
    strict: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
  },
};

/** What others import, in the place where tsc put it: passes on what a script exports. */
function writeModule({ name, fileName, exports }) {
  const loader = posix.relative(posix.dirname(name), 'cli/scripts.js');
  const byLoader = [
    `import { load } from '${loader.startsWith('.') ? loader : `./${loader}`}';`,
    `const script = load('${fileName}');`,
  ];
  const passedOn = exports.map((one) =>
    one === 'default' ? 'export default script.default;' : `export const ${one} = script.${one};`,
  );
  // The library as others' bundlers understand it; and nothing is kept of it.
  const lines = [
    ...(name === 'index' ? [`import script from './program/${fileName}';`] : byLoader),
    ...passedOn,
  ];
  const file = join(dist, `${name}.js`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** The packages that modules are from, as `{ name, directory }`. */
function packagesOf(modules) {
  const directory = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/;
  const found = modules.flatMap((id) => [slashes(id).match(directory) ?? []].filter(([path]) => path));
  const names = new Map(found.map(([path, name]) => [path, name]));
  return [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, name]) => ({ name, directory: path }));
}

function filesIn(patterns) {
  return globSync(patterns, { cwd: dist }).map(slashes);
}

function slashes(path) {
  return path.split(sep).join('/');
}

const work = mkdtempSync(join(tmpdir(), 'bmcloud-bundle-'));
try {
  const program = await bundle(join(work, 'program'), filesIn(entries), scripts);
  const alone = [];
  for (const file of filesIn(byThemselves)) alone.push(...(await bundle(work, [file], modules)));
  for (const file of globSync('**/*.js', { cwd: dist })) rmSync(join(dist, file));
  cpSync(work, dist, { recursive: true });
  for (const chunk of program.filter(({ isEntry }) => isEntry)) writeModule(chunk);
  const bundled = [...program, ...alone].flatMap(({ moduleIds }) => moduleIds);
  writeFileSync(join(dist, 'LICENSES.txt'), licencesOf(packagesOf(bundled)));
} finally {
  rmSync(work, { recursive: true });
}
