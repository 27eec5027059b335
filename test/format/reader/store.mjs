// Section 3 of docs/format.md: a store in a local directory, read only.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { demand } from './bytes.mjs';

/** The store in `directory`: read(key, position?, length?), exists(key), list(first component, or more, of keys). */
export function localStore(directory) {
  const locate = (key) => join(directory, ...key.split('/'));
  return {
    exists: (key) => existsSync(locate(key)),
    list: (prefix) => listBelow(locate(prefix), prefix).sort(),
    read(key, position, length) {
      demand(existsSync(locate(key)), `${key} is missing`);
      return position === undefined ? readFileSync(locate(key)) : readRange(locate(key), position, length);
    },
  };
}

function listBelow(path, key) {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((child) =>
    child.isDirectory()
      ? listBelow(join(path, child.name), `${key}/${child.name}`)
      : [`${key}/${child.name}`],
  );
}

function readRange(path, position, length) {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    demand(readSync(file, buffer, 0, length, position) === length, `${path} ends too early`);
    return buffer;
  } finally {
    closeSync(file);
  }
}
