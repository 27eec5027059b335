import { z } from 'zod/mini';
import { readLocalJson, writeLocalJson } from './local-json.ts';

/*
 * What a job learned of files that others held: so that the next push does not wait again where waiting never helped.
 */

const recordSchema = z.object({
  path: z.string(),
  /** Pushes that met it held, since one last found it free. */
  held: z.int().check(z.positive()),
  /** When it was last met held, ISO 8601. */
  last: z.string(),
  /** How the last push ended for it. */
  ended: z.enum(['read', 'shadow', 'skipped']),
});
const fileSchema = z.object({ version: z.literal(1), files: z.array(recordSchema) });

/** A file that was held by others in the last pushes. */
export type LockedFile = z.infer<typeof recordSchema>;

/** A file that was held in so many pushes in a row is not tried before the end of the next. */
const DEFER_AFTER = 2;
const MOST_KEPT = 1000;

/** The files of a job that others hold, over pushes. A hint and no more: losing it costs waiting. */
export class LockedFiles {
  readonly #path: string;
  readonly #files: Map<string, LockedFile>;
  #changed = false;

  /** @param path of the JSON file that keeps it */
  static async load(path: string): Promise<LockedFiles> {
    const stored = await readLocalJson(path, fileSchema);
    return new LockedFiles(path, stored?.files ?? []);
  }

  constructor(path: string, files: LockedFile[]) {
    this.#path = path;
    this.#files = new Map(files.map((file) => [file.path, file]));
  }

  /** The newest first. */
  get all(): LockedFile[] {
    return [...this.#files.values()].sort((a, b) => (a.last < b.last ? 1 : -1));
  }

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** Whether reading it before the end of the push is known to be in vain. */
  isUsuallyHeld(path: string): boolean {
    return (this.#files.get(path)?.held ?? 0) >= DEFER_AFTER;
  }

  /** It was held, and this is how its push ended. */
  noteHeld(path: string, ended: LockedFile['ended'], now: Date): void {
    const { held = 0 } = this.#files.get(path) ?? {};
    this.#files.set(path, { path, held: held + 1, last: now.toISOString(), ended });
    this.#changed = true;
  }

  /** It could be read at once: the next push reads it in its turn, and another free one forgets it. */
  noteFree(path: string): void {
    const file = this.#files.get(path);
    if (!file) return;
    this.#changed = true;
    if (file.held < DEFER_AFTER) this.#files.delete(path);
    else this.#files.set(path, { ...file, held: DEFER_AFTER - 1 });
  }

  /** Keeps what was learned, if anything was. */
  async save(): Promise<void> {
    if (this.#changed) await writeLocalJson(this.#path, { version: 1, files: this.all.slice(0, MOST_KEPT) });
    this.#changed = false;
  }
}
