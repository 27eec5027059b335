import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

/** Puts a file in its place whole or not at all: a program may have the old one loaded. */
export function put(built, target) {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(built, `${target}.new`);
  renameSync(`${target}.new`, target);
}
