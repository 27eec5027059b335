import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';

/**
 * Writes `files.json`, the list of files with their hashes, and `files.zst`, the bytes of all in the order of the list, into
 * `directory`. `launcher/program.ts` reads them.
 * @returns the paths of both, by their names
 */
export function writeArchive(directory, version, files) {
  const list = files.map(({ path, bytes }) => ({
    path,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  const all = Buffer.concat(files.map(({ bytes }) => bytes));
  return {
    'files.json': written(directory, 'files.json', JSON.stringify({ version, files: list })),
    'files.zst': written(directory, 'files.zst', compressed(all)),
  };
}

function written(directory, name, data) {
  const file = join(directory, name);
  writeFileSync(file, data);
  return file;
}

function compressed(bytes) {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_windowLog]: 24 },
  });
}
