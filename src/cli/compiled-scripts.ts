import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { makeDirectoriesSync } from '../flow/make-directories.ts';

/*
 * What V8 made of the program's scripts, in one file, so that the next start need not compile them: u32 length and u32 CRC-32 of the
 * head; the head, JSON; then the code of each script. V8 tells whether it is of itself and of the script's length, and no more: sums tell
 * of which source it is, and whether it is whole.
 */

const PREFIX_BYTES = 8;
/** Milliseconds after which code is looked at once more: later starts call other functions. */
const FRESH = 7 * 24 * 60 * 60 * 1000;

/** Where code lies behind the head, in bytes, and CRC-32 sums. */
interface Place {
  start: number;
  length: number;
  sum: number;
  /** Of the script's source. */
  sourceSum: number;
}

interface Head {
  engine: string;
  places: Record<string, Place>;
}

/** What V8 made of a script. */
export interface CompiledScript {
  code: Buffer;
  /** CRC-32 of its source: code is of no other. */
  sourceSum: number;
}

type Scripts = ReadonlyMap<string, CompiledScript>;

export interface CompiledScriptsOptions {
  file: string;
  /** What code of no other is taken for: Node's version, system and processor. */
  engine: string;
}

/** The code that one file keeps, by names of scripts: read when it is asked for, since nobody needs it for long. */
export class CompiledScripts {
  readonly #options: CompiledScriptsOptions;
  readonly #places = new Map<string, Place>();
  /** Where the head ends. */
  #origin = 0;
  #isFresh = false;

  /** What is there; nothing where there is no file, or a damaged one, or one of another engine or that others can write. */
  constructor(options: CompiledScriptsOptions) {
    this.#options = options;
    try {
      this.#readHead();
    } catch {
      this.#places.clear();
    }
  }

  /** Undefined where there is none, or where it is damaged, or of another source; that is forgotten then. */
  of(name: string, sourceSum: number): Buffer | undefined {
    const place = this.#places.get(name);
    const code = place?.sourceSum === sourceSum ? this.#read(place) : undefined;
    if (!code) this.drop(name);
    return code;
  }

  /** V8 does not take it. */
  drop(name: string): void {
    this.#places.delete(name);
  }

  /** Whether there is code of all of these, and nobody need look for more yet. */
  suffices(names: string[]): boolean {
    return this.#isFresh && names.every((name) => this.#places.has(name));
  }

  /** Whether the directory is there now, and can be written to. */
  canKeep(): boolean {
    const directory = path.dirname(this.#options.file);
    try {
      makeDirectoriesSync(directory, 0o700);
      accessSync(directory, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Keeps code beside what is kept already; of the same script the larger one, which has more functions.
   * @param isCurrent whether the program still has that script
   * @throws what the system says
   */
  keep(made: Scripts, isCurrent: (name: string) => boolean): void {
    const all = new Map(made);
    for (const [name, place] of this.#places) {
      if (!isCurrent(name) || (made.get(name)?.code.length ?? 0) > place.length) continue;
      const code = this.#read(place);
      if (code) all.set(name, { code, sourceSum: place.sourceSum });
    }
    const { file, engine } = this.#options;
    const draft = `${file}.${process.pid}`;
    try {
      writeFileSync(draft, encode(all, engine), { flag: 'wx', mode: 0o600 });
      renameSync(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #readHead(): void {
    const { file, engine } = this.#options;
    const { prefix, head, age } = withFile(file, (descriptor) => {
      const start = readPart(descriptor, 0, PREFIX_BYTES);
      const { size, mtimeMs } = fstatSync(descriptor);
      const length = Math.min(start.readUInt32LE(0), size);
      return { prefix: start, head: readPart(descriptor, PREFIX_BYTES, length), age: Date.now() - mtimeMs };
    });
    if (crc32(head) !== prefix.readUInt32LE(4)) return;
    const told = JSON.parse(head.toString()) as Head;
    if (told.engine !== engine) return;
    for (const [name, place] of Object.entries(told.places)) this.#places.set(name, place);
    this.#origin = PREFIX_BYTES + head.length;
    this.#isFresh = age < FRESH;
  }

  /** Undefined where it is damaged, or the file was replaced meanwhile. */
  #read({ start, length, sum }: Place): Buffer | undefined {
    try {
      const read = (descriptor: number) => readPart(descriptor, this.#origin + start, length);
      const code = withFile(this.#options.file, read);
      return crc32(code) === sum ? code : undefined;
    } catch {
      return undefined;
    }
  }
}

/** @throws for one that somebody else may have written: its code would be run */
function withFile<T>(file: string, use: (descriptor: number) => T): T {
  const descriptor = openSync(file, 'r');
  try {
    if (!isOwn(fstatSync(descriptor))) throw new Error(`${file} may be of somebody else`);
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** On Windows, what lies in a user's profile is the user's. */
function isOwn({ uid, mode }: Stats): boolean {
  return process.geteuid === undefined || (uid === process.geteuid() && (mode & 0o022) === 0);
}

/** Zeros where the file ends: no sum fits. */
function readPart(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(descriptor, bytes, 0, length, position);
  return bytes;
}

function encode(all: Scripts, engine: string): Buffer {
  const places: Head['places'] = {};
  let end = 0;
  for (const [name, { code, sourceSum }] of all) {
    places[name] = { start: end, length: code.length, sum: crc32(code), sourceSum };
    end += code.length;
  }
  const head = Buffer.from(JSON.stringify({ engine, places } satisfies Head));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(head.length, 0);
  prefix.writeUInt32LE(crc32(head), 4);
  return Buffer.concat([prefix, head, ...[...all.values()].map(({ code }) => code)]);
}
