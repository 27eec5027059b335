import { join } from 'node:path';
import { z } from 'zod/mini';
import { makeDirectories } from '../flow/make-directories.ts';
import { fromHex, toHex } from '../model/ids.ts';
import { overlay } from '../model/overlay.ts';
import type { Run } from '../model/run.ts';
import type { Source } from '../model/snapshot.ts';
import { FrameWriter, readFrames } from './frame-file.ts';
import { removeLocal } from './local-files.ts';
import { readLocalJson, writeLocalJson } from './local-json.ts';

/*
 * The state of the last manifest that this machine built on, so that a push need not ask the store: a state, the changes since then, and
 * the head that names both. It is a cache: checked when read, discarded when in doubt, rebuilt from the store.
 */

const hex32 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const headSchema = z.object({
  /** 2 where there are changes: who knows only 1 would take the state without them for all, and makes it anew instead. */
  version: z.union([z.literal(1), z.literal(2)]),
  /** The manifest whose state is kept. */
  number: z.int().check(z.nonnegative()),
  hash: hex32,
  file: z.string().check(z.regex(/^state-\d+$/)),
  /** Of what changed since `file` was written. */
  changes: z.optional(z.string().check(z.regex(/^changes-\d+$/))),
  /** Of the manifest; the path is base64. Absent in heads of before. */
  sources: z.optional(
    z.array(z.object({ name: z.string(), path: z.string(), kind: z.enum(['tree', 'stdin']) })),
  ),
  /** In the state with its changes. */
  entries: z.number(),
  /** Of `file`. */
  bytes: z.number(),
  /** Since the last manifest with a state: how many, the bytes of their changes, and their headers (base64). */
  since: z.object({ pushes: z.number(), bytes: z.number(), headers: z.array(z.string()) }),
});

type StoredHead = z.infer<typeof headSchema>;
type Files = Pick<StoredHead, 'file' | 'changes' | 'bytes'>;

/** The manifest that the kept state belongs to, and what the next push needs to know of the line. */
export type LocalHead = Omit<StoredHead, 'version' | 'file' | 'changes' | 'hash' | 'sources'> & {
  hash: Uint8Array;
  sources: Source[];
};

/** A head for files that are still to be written. */
export type NewHead = Omit<LocalHead, 'bytes'>;

export class KeptState {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async head(): Promise<LocalHead | undefined> {
    const stored = await this.#stored();
    if (!stored) return undefined;
    const sources = (stored.sources ?? []).map((source) => ({
      ...source,
      path: Buffer.from(source.path, 'base64'),
    }));
    return { ...stored, sources, hash: fromHex(stored.hash, 32, 'the local head') };
  }

  /** The state; nothing where none is kept. @throws `damaged` while it is read, if the files are not whole: then `forget` */
  async run(): Promise<Run> {
    const stored = await this.#stored();
    if (!stored) return [];
    const state = this.#frames(stored.file);
    return stored.changes === undefined ? state : overlay(state, this.#frames(stored.changes), false);
  }

  /** Keeps a new state. It counts from the moment its head is written. */
  async replace(head: NewHead, state: Run): Promise<void> {
    const before = await this.#stored();
    const file = nextAfter(before?.file, 'state');
    await this.#write(head, { file, bytes: await this.#fill(file, state) }, before);
  }

  /** Keeps what changed in the state that is kept, if one is: of a large tree in which little changes, writing all of it took longer. */
  async amend(head: NewHead, changes: Run): Promise<void> {
    const before = await this.#stored();
    // Somebody deleted it meanwhile: these changes are not all there is, so the next push makes it anew.
    if (!before) return;
    const all = before.changes === undefined ? changes : overlay(this.#frames(before.changes), changes, true);
    const file = nextAfter(before.changes, 'changes');
    await this.#fill(file, all);
    await this.#write(head, { ...before, changes: file }, before);
  }

  /** The same state under a new head, after a push that changed nothing. */
  async advance(head: NewHead): Promise<void> {
    const before = await this.#stored();
    if (before) await this.#write(head, before, before);
  }

  async forget(): Promise<void> {
    await removeLocal(this.#path('head.json'));
  }

  /** @returns bytes of all entries */
  async #fill(file: string, run: Run): Promise<number> {
    await makeDirectories(this.#directory, 0o700);
    const writer = new FrameWriter(this.#path(file));
    let bytes = 0;
    for await (const batch of run) {
      bytes += batch.length;
      writer.append(batch);
    }
    writer.end();
    return bytes;
  }

  /** Moves the head on to these files, and removes what no head names any more. */
  async #write(head: NewHead, { file, changes, bytes }: Files, before: Files | undefined): Promise<void> {
    const { number, sources, entries, since } = head;
    const stored: StoredHead = {
      version: changes === undefined ? 1 : 2,
      number,
      hash: toHex(head.hash),
      file,
      ...(changes !== undefined && { changes }),
      sources: sources.map((source) => ({ ...source, path: Buffer.from(source.path).toString('base64') })),
      entries,
      bytes,
      since,
    };
    await writeLocalJson(this.#path('head.json'), stored);
    for (const old of [before?.file, before?.changes])
      if (old !== undefined && old !== file && old !== changes) await removeLocal(this.#path(old));
  }

  async #stored(): Promise<StoredHead | undefined> {
    return await readLocalJson(this.#path('head.json'), headSchema);
  }

  #frames(file: string): Run {
    return readFrames(this.#path(file), 'refuse');
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/** Two names in turn: what a head names stays whole until the next head is there. */
function nextAfter(file: string | undefined, kind: 'state' | 'changes'): string {
  return `${kind}-${file === `${kind}-0` ? 1 : 0}`;
}
