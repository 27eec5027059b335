import { closeSync } from 'node:fs';
import type { Attributes } from '../download/attributes.ts';
import { hasTime } from '../download/attributes.ts';
import { createDraft, discard, publish, writeAt } from '../download/drafts.ts';
import { type Failure, failureOf, refusal } from '../download/failures.ts';
import { lookAt } from '../download/folders.ts';
import { draftOf } from '../download/target.ts';
import type { Stat } from '../model/entry.ts';
import type { NativePath } from '../scan/disk.ts';

/*
 * Writes files as a restore does: beside their place under another name, never through a link, and renamed when whole.
 */

/** What becomes of what is there already: it is kept, or replaced. */
export type Existing = 'keep' | 'replace';

export type Written = 'written' | 'unchanged' | Failure;

/** Plain data: it goes to threads. */
export interface FileToWrite {
  place: NativePath;
  stat: Stat;
}

/** Writes a small file. @throws `disk-full`, `target` */
export function writeWhole(
  { place, stat }: FileToWrite,
  bytes: Uint8Array,
  existing: Existing,
  attributes: Attributes,
): Written {
  let draft: DraftFile | undefined;
  try {
    if (isThere(place, stat, existing)) return 'unchanged';
    draft = new DraftFile(place);
    draft.write(bytes);
    draft.finish(stat, attributes);
    return 'written';
  } catch (error) {
    draft?.abandon();
    return failureOf(error);
  }
}

/**
 * Whether the file is there already, by size and time.
 * @throws a refusal when something else is there that is to be kept
 */
export function isThere(place: NativePath, stat: Stat, existing: Existing): boolean {
  const there = lookAt(place);
  if (!there) return false;
  if (there.isDirectory()) throw refusal('a directory is in its place');
  if (existing === 'replace') return false;
  if (there.isFile() && Number(there.size) === stat.size && hasTime(there, stat.mtime)) return true;
  throw keptExisting();
}

export function keptExisting() {
  return refusal('something else is there already, and was kept (--overwrite replaces it)');
}

/** A file on its way. */
export class DraftFile {
  readonly #place: NativePath;
  readonly #draft: NativePath;
  readonly #descriptor: number;
  #written = 0;
  #open = true;

  constructor(place: NativePath) {
    this.#place = place;
    this.#draft = draftOf(place);
    this.#descriptor = createDraft(this.#draft);
  }

  write(bytes: Uint8Array): void {
    writeAt(this.#descriptor, bytes, this.#written);
    this.#written += bytes.length;
  }

  /** Bytes that it has so far. */
  get length(): number {
    return this.#written;
  }

  finish(stat: Stat, attributes: Attributes): void {
    attributes.set(this.#descriptor, stat);
    this.#close();
    publish(this.#draft, this.#place);
  }

  abandon(): void {
    this.#close();
    discard(this.#draft);
  }

  #close(): void {
    if (this.#open) closeSync(this.#descriptor);
    this.#open = false;
  }
}
