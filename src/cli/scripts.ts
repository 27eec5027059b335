import { existsSync, readFileSync } from 'node:fs';
import { createRequire, enableCompileCache } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { makeDirectoriesSync } from '../flow/make-directories.ts';
import { type CompiledScript, CompiledScripts } from './compiled-scripts.ts';
import { userDirectories } from './directories.ts';
import { systemEnvironment } from './environment.ts';
import { V8Flags } from './v8-flags.ts';

/*
 * The program as the build makes it (packaging/bundle.mjs): scripts below dist/program/, each wrapped as Node wraps CommonJS. Where
 * compiled code is kept, they are run from here: Node's own cache has what V8 compiles when it reads a module, and not what it compiles
 * when a function is called for the first time, which is most of it.
 */

const program = fileURLToPath(new URL('../program/', import.meta.url));
const require = createRequire(import.meta.url);

/** What the program sets of V8's flags goes by these. */
export const flags = new V8Flags();

/** Absent: as Node does. */
let scripts: Scripts | undefined;

/** What a script of the program exports. @param name its path below dist/program/ */
export function load(name: string): unknown {
  return scripts ? scripts.load(path.join(program, name)) : require(path.join(program, name));
}

/** A process that ran longer than so many milliseconds has forgotten the code of functions that it no longer calls. */
const FORGETS_AFTER = 60_000;

/**
 * From now on compiled code is kept, with what else is cached for this user. Node's own place for it is below the directory for temporary
 * files: there anybody could put code for the administrator's next backup to run, since V8 checks of which source it is, and not whose.
 * `NODE_COMPILE_CACHE` names another, and `NODE_DISABLE_COMPILE_CACHE` wants none.
 */
export function keepCompiledCode(): void {
  const { NODE_COMPILE_CACHE: named, NODE_DISABLE_COMPILE_CACHE: wantsNone } = process.env;
  if (wantsNone) return;
  const directory = path.resolve(named || path.join(userDirectories(systemEnvironment()).cache, 'code'));
  try {
    makeDirectoriesSync(directory, 0o700); // what Node makes itself, it may try to make for ever
  } catch {
    return;
  }
  enableCompileCache(directory);
  const { version, platform, arch } = process;
  const kept = new CompiledScripts({
    file: path.join(directory, 'bmcloud-program'),
    engine: [version, platform, arch, WRAPPER.join('')].join(' '),
  });
  const own = new Scripts(kept);
  scripts = own;
  process.on('exit', () => own.keep());
}

/** As Node wraps CommonJS. */
const WRAPPER = ['(function (exports, require, module, __filename, __dirname) { ', '\n})'] as const;
const [wrapperStart, wrapperEnd] = WRAPPER.map((part) => Buffer.from(part)) as [Buffer, Buffer];

/** Put together as bytes, not as text: the young generation of V8 has grown for good when it has held a megabyte of sources twice. */
function wrapped(source: Buffer): string {
  return Buffer.concat([wrapperStart, source, wrapperEnd]).toString();
}

interface Loaded {
  script: Script;
  sourceSum: number;
  module: {
    exports: unknown;
    /** For scripts: their own `import()` is Node's business only where Node read them. */
    importModule: (name: string) => Promise<unknown>;
  };
}

class Scripts {
  readonly #kept: CompiledScripts;
  readonly #loaded = new Map<string, Loaded>();
  /** V8's word for its version and flags. */
  readonly #versionTag = cachedDataVersionTag();

  constructor(kept: CompiledScripts) {
    this.#kept = kept;
  }

  load(file: string): unknown {
    const known = this.#loaded.get(file);
    if (known) return known.module.exports;
    const source = readFileSync(file);
    const sourceSum = crc32(source);
    const script = this.#compile(file, wrapped(source), sourceSum);
    const module = { exports: {}, importModule: (name: string) => import(name) };
    this.#loaded.set(file, { script, sourceSum, module });
    const directory = path.dirname(file);
    const run = script.runInThisContext() as (...given: unknown[]) => void;
    try {
      run(module.exports, (name: string) => this.#require(name, directory), module, file, directory);
    } catch (error) {
      this.#loaded.delete(file); // the next who asks hears of it, too
      throw error;
    }
    return module.exports;
  }

  /** For the next start, unless there is enough. That this fails is nothing to tell. */
  keep(): void {
    const files = [...this.#loaded.keys()];
    if (this.#kept.suffices(files.map(nameOf)) || performance.now() > FORGETS_AFTER) return;
    try {
      if (this.#kept.canKeep()) flags.aside(() => this.#keepAll());
    } catch {
      // A full disk.
    }
  }

  #keepAll(): void {
    // Somebody else set flags that are gone by now: V8 would never take what is made.
    if (cachedDataVersionTag() !== this.#versionTag) return;
    const made = new Map<string, CompiledScript>();
    for (const [file, { script, sourceSum }] of this.#loaded)
      made.set(nameOf(file), { code: script.createCachedData(), sourceSum });
    this.#kept.keep(made, (name) => existsSync(path.join(program, name)));
  }

  #compile(file: string, source: string, sourceSum: number): Script {
    const name = nameOf(file);
    const cachedData = this.#kept.of(name, sourceSum);
    const script = flags.aside(
      () => new Script(source, { filename: file, ...(cachedData && { cachedData }) }),
    );
    if (script.cachedDataRejected) this.#kept.drop(name);
    return script;
  }

  #require(name: string, directory: string): unknown {
    if (name.startsWith('.')) return this.load(path.join(directory, name));
    return process.getBuiltinModule(name) ?? require(name);
  }
}

function nameOf(file: string): string {
  return path.relative(program, file);
}
