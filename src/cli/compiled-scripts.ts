import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';

/*
 * What V8 made of the program's scripts, in one file, so that the next start need not compile them: u32 length and u32 CRC-32 of the
 * head; the head, JSON; then the code of each script. V8 tells whether it is of itself and of the script's length, and no more: names of
 * scripts tell their content, and a sum what is damaged.
 */

const PREFIX_BYTES = 8;
/** V8 wants code to lie at multiples of this many bytes in memory. */
const ALIGNMENT = 8;
/** Milliseconds after which code is looked at once more: later starts call other functions. */
const FRESH = 7 * 24 * 60 * 60 * 1000;

interface Head {
  engine: string;
  /** Of each script: where its code lies behind the head, in bytes, and its CRC-32. */
  places: Record<string, [start: number, length: number, sum: number]>;
}

type Code = ReadonlyMap<string, Buffer>;

export interface CompiledScriptsOptions {
  file: string;
  /** What code of no other is taken for: Node's version, system and processor. */
  engine: string;
}

/** The code that one file keeps, by names of scripts. A name tells one content from another. */
export class CompiledScripts {
  readonly #options: CompiledScriptsOptions;
  readonly #code: Map<string, Buffer>;
  readonly #isFresh: boolean;

  /** What is there; nothing where there is no file, or a damaged one, or one of another engine. */
  constructor(options: CompiledScriptsOptions) {
    this.#options = options;
    const { file, engine } = options;
    try {
      this.#isFresh = Date.now() - statSync(file).mtimeMs < FRESH;
      this.#code = decode(readFileSync(file), engine);
    } catch {
      this.#isFresh = false;
      this.#code = new Map();
    }
  }

  of(name: string): Buffer | undefined {
    return this.#code.get(name);
  }

  /** V8 does not take it. */
  drop(name: string): void {
    this.#code.delete(name);
  }

  /** Whether there is code of all of these, and nobody need look for more yet. */
  suffices(names: string[]): boolean {
    return this.#isFresh && names.every((name) => this.#code.has(name));
  }

  /**
   * Keeps code beside what is kept already; of the same script the larger one, which has more functions.
   * @param isCurrent whether the program still has that script
   * @throws what the system says
   */
  keep(made: Code, isCurrent: (name: string) => boolean): void {
    const { file, engine } = this.#options;
    const all = new Map([...this.#code].filter(([name]) => isCurrent(name)));
    for (const [name, code] of made) if (code.length > (all.get(name)?.length ?? 0)) all.set(name, code);
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // Two that end at once may mix theirs up: then the sums do not fit.
    writeFileSync(`${file}.new`, encode(all, engine), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}

function encode(all: Code, engine: string): Buffer {
  const places: Head['places'] = {};
  const parts: Buffer[] = [];
  let end = 0;
  for (const [name, code] of all) {
    places[name] = [end, code.length, crc32(code)];
    parts.push(code, Buffer.alloc(aligned(code.length) - code.length));
    end += aligned(code.length);
  }
  const json = Buffer.from(JSON.stringify({ engine, places } satisfies Head));
  const head = Buffer.alloc(aligned(PREFIX_BYTES + json.length) - PREFIX_BYTES, ' ');
  head.set(json);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(head.length, 0);
  prefix.writeUInt32LE(crc32(head), 4);
  return Buffer.concat([prefix, head, ...parts]);
}

/** What is whole. @throws where the head is not */
function decode(bytes: Buffer, engine: string): Map<string, Buffer> {
  const code = new Map<string, Buffer>();
  const start = PREFIX_BYTES + bytes.readUInt32LE(0);
  const json = bytes.subarray(PREFIX_BYTES, start);
  if (crc32(json) !== bytes.readUInt32LE(4)) throw new Error('The head of compiled code is damaged');
  const head = JSON.parse(json.toString()) as Head;
  if (head.engine !== engine) return code;
  for (const [name, [at, length, sum]] of Object.entries(head.places)) {
    const own = bytes.subarray(start + at, start + at + length);
    if (crc32(own) === sum) code.set(name, own);
  }
  return code;
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
