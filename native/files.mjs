import { copyFileSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Puts a file in its place whole or not at all: a program may have the old one loaded. */
export function put(built, target) {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(built, `${target}.new`);
  renameSync(`${target}.new`, target);
}

/** The files of a folder that end so, in the order of their names. */
export function filesOf(folder, extension) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(folder, name));
}
