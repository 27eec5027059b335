import { readFileSync, rmSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MARKER } from './marker.ts';
import { type PackedFile, sha256Of } from './program.ts';

/** What modules of a thread are checked against; can be handed to another thread. */
export interface Guarded {
  /** Of the unpacked program, without symbolic links. */
  readonly directory: string;
  /** Hashes by absolute path. */
  readonly hashes: ReadonlyMap<string, string>;
}

export function guarded(directory: string, files: readonly PackedFile[]): Guarded {
  return { directory, hashes: new Map(files.map((file) => [path.join(directory, file.path), file.sha256])) };
}

/**
 * From now on this thread loads modules of the program alone, and only as they were packed: what is compiled is what was hashed,
 * however quickly a file is exchanged after the check of the start. A module that is looked for in directories above, as
 * `C:\node_modules`, is not found there.
 */
export function guardModules({ directory, hashes }: Guarded): void {
  const check = (file: string, bytes: Uint8Array) => {
    if (sha256Of(bytes) === hashes.get(file)) return;
    // Without its marker the program is looked through, and mended, by the next start.
    rmSync(path.join(directory, MARKER), { force: true });
    throw new Error(`${file} was changed after it was unpacked; the next start puts it right`);
  };
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (!found.url.startsWith('file:')) return found;
      const file = fileURLToPath(found.url);
      if (!hashes.has(file)) throw notFound(specifier, file, directory);
      // The system loads addons by itself.
      if (file.endsWith('.node')) check(file, readFileSync(file));
      return found;
    },
    load(url, context, next) {
      const loaded = next(url, context);
      if (url.startsWith('file:')) {
        check(fileURLToPath(url), bytesOf(loaded.source));
      }
      return loaded;
    },
  });
}

type Source = string | ArrayBuffer | ArrayBufferView | null | undefined;

function bytesOf(source: Source): Uint8Array {
  if (typeof source === 'string') return Buffer.from(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return source ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array();
}

/** As Node says it, for packages try and do without. */
function notFound(specifier: string, file: string, directory: string): Error {
  const error = new Error(`Cannot find module '${specifier}': ${file} is not of the program in ${directory}`);
  return Object.assign(error, { code: 'MODULE_NOT_FOUND' });
}
