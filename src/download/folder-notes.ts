import { type BigIntStats, chmodSync } from 'node:fs';
import { platform } from 'node:os';
import type { NativePath } from '../scan/disk.ts';
import type { Attributes } from './attributes.ts';
import type { Overwrite } from './decide.ts';
import type { Folder } from './walk.ts';

const FRESH = -1;
/** What a directory must allow to be restored into; Windows has no such bits. */
const OPEN = platform() === 'win32' ? 0 : 0o700;

/**
 * What a restore must remember of directories until the end: those that are its own to set attributes of, and the modes of
 * those that are not and were opened to be written to. Most are neither: a selected directory gets its attributes anyway.
 */
export class FolderNotes {
  readonly #overwrite: Overwrite;
  readonly #modes = new Map<string, number>();

  constructor(overwrite: Overwrite) {
    this.#overwrite = overwrite;
  }

  /** @param there what was found in its place */
  note(folder: Folder, there: BigIntStats | undefined): void {
    if (this.#isSet(folder) || folder.state === 'failed') return;
    const mode = folder.state === 'fresh' ? FRESH : Number(there?.mode) & 0o7777;
    if (mode === FRESH || (mode & OPEN) !== OPEN) this.#modes.set(keyOf(folder.place), mode);
  }

  /** Sets what is to be set, when everything in the directory is done. */
  settle(folder: Folder, attributes: Attributes): void {
    const mode = this.#modes.get(keyOf(folder.place));
    if (this.isOurs(folder)) attributes.setDirectory(folder.place, folder.stat);
    else if (mode !== undefined) chmodSync(folder.place, mode);
  }

  /** Whether its attributes are those of the snapshot. */
  isOurs(folder: Folder): boolean {
    return this.#isSet(folder) || this.#modes.get(keyOf(folder.place)) === FRESH;
  }

  /** One that was there and was not asked for, or must not be replaced, keeps its attributes. */
  #isSet({ selected }: Folder): boolean {
    return selected && this.#overwrite !== 'never';
  }
}

function keyOf(place: NativePath): string {
  return typeof place === 'string' ? place : place.toString('latin1');
}
