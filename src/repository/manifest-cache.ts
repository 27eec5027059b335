import type { StoredManifest } from './manifest-objects.ts';

/** Kept, by what they take in the store. Bytes: a chain of 64 as a rule, which choosing a snapshot and reading it both walk. */
const KEPT = 8 * 1024 * 1024;

/** Manifests that were read: they are immutable, and one command asks for the same ones several times. */
export class ManifestCache {
  /** The least recently used first. */
  readonly #read = new Map<string, Promise<StoredManifest>>();
  readonly #sizes = new Map<string, number>();
  #kept = 0;

  /** The manifest at `key`, by `read` if it is not here. A failure is not kept. */
  async get(key: string, read: () => Promise<StoredManifest>): Promise<StoredManifest> {
    const reading = this.#read.get(key) ?? this.#begin(key, read);
    this.#read.delete(key);
    this.#read.set(key, reading);
    return await reading;
  }

  #begin(key: string, read: () => Promise<StoredManifest>): Promise<StoredManifest> {
    const reading = read();
    reading.then(
      ({ size }) => this.#keep(key, size),
      () => this.#read.delete(key),
    );
    return reading;
  }

  #keep(key: string, size: number): void {
    this.#sizes.set(key, size);
    this.#kept += size;
    for (const [oldest, bytes] of this.#sizes) {
      if (this.#kept <= KEPT || oldest === key) return;
      this.#kept -= bytes;
      this.#sizes.delete(oldest);
      this.#read.delete(oldest);
    }
  }
}
