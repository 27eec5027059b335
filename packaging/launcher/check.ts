import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MARKER, type Marker } from './marker.ts';
import { type PackedFile, type PackedProgram, sha256Of } from './program.ts';
import { codeOf } from './start-error.ts';

/** V8's own, in the directory of the program; it fits no list. */
export const COMPILE_CACHE = '.compile-cache';

/** What an unpacked program has that the packed one has not, and the other way round. */
export interface Damage {
  /** Files and directories that nobody packed, as absolute paths: a module among them could be found before ours. */
  strangers: string[];
  /** Files that are missing or differ. */
  wrong: PackedFile[];
}

/** Reads every file and compares it with its hash; looks for what does not belong there. */
export function damageIn(directory: string, program: PackedProgram): Damage {
  const strangers = [...strangersIn(directory, kindsOf(program))];
  // What is reached through a link goes with it.
  const isLent = (file: PackedFile) =>
    strangers.some((stranger) => path.join(directory, file.path).startsWith(stranger + path.sep));
  return { strangers, wrong: program.files.filter((file) => isLent(file) || !isRight(directory, file)) };
}

/**
 * A glance, where `damageIn` reads everything.
 * @returns whether all files are there, with their sizes and none written later than the marker says
 */
export function looksComplete(directory: string, program: PackedProgram, { writtenAt }: Marker): boolean {
  return program.files.every((file) => {
    const stats = lstatSync(path.join(directory, file.path), { throwIfNoEntry: false });
    return stats?.isFile() && stats.size === file.size && stats.mtimeMs <= writtenAt;
  });
}

/** When the newest file was written, in milliseconds since 1970. */
export function newestIn(directory: string, { files }: PackedProgram): number {
  return Math.max(...files.map((file) => lstatSync(path.join(directory, file.path)).mtimeMs));
}

type Kinds = Map<string, 'file' | 'directory'>;

function kindsOf({ files }: PackedProgram): Kinds {
  const kinds: Kinds = new Map();
  for (const file of files) {
    kinds.set(file.path, 'file');
    let above = path.posix.dirname(file.path);
    for (; above !== '.' && !kinds.has(above); above = path.posix.dirname(above))
      kinds.set(above, 'directory');
  }
  return kinds;
}

function* strangersIn(directory: string, kinds: Kinds, within = ''): Generator<string> {
  for (const entry of readdirSync(path.join(directory, within), { withFileTypes: true })) {
    const name = path.posix.join(within, entry.name);
    if (name === MARKER || name === COMPILE_CACHE) continue;
    const kind = kinds.get(name);
    if (kind === 'directory' && entry.isDirectory()) yield* strangersIn(directory, kinds, name);
    else if (kind !== 'file' || !entry.isFile()) yield path.join(directory, name);
  }
}

function isRight(directory: string, { path: name, size, sha256 }: PackedFile): boolean {
  try {
    const bytes = readFileSync(path.join(directory, name));
    return bytes.length === size && sha256Of(bytes) === sha256;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}
