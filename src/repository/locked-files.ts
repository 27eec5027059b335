import { z } from 'zod';
import { readLocalJson, writeLocalJson } from './local-json.ts';

/*
 * What a job learned of files that others held: so that the next push does not wait again where waiting never helped.
 */

const recordSchema = z.object({
  path: z.string(),
  /** Pushes that met it held; one that finds it free takes one away. */
  held: z.number().int().positive(),
  /** Pushes in a row in which no attempt on the live file succeeded. */
  neverFree: z.number().int().nonnegative(),
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
/** One that was never free in so many is taken from a shadow without asking again. */
const SHADOW_AFTER = 3;
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

  isNeverFree(path: string): boolean {
    return (this.#files.get(path)?.neverFree ?? 0) >= SHADOW_AFTER;
  }

  /** It was held, and this is how its push ended. */
  noteHeld(path: string, ended: LockedFile['ended'], now: Date): void {
    const { held = 0, neverFree = 0 } = this.#files.get(path) ?? {};
    const never = ended === 'read' ? 0 : neverFree + 1;
    this.#files.set(path, { path, held: held + 1, neverFree: never, last: now.toISOString(), ended });
    this.#changed = true;
  }

  /** It could be read at once. */
  noteFree(path: string): void {
    const file = this.#files.get(path);
    if (!file) return;
    this.#changed = true;
    if (file.held === 1) this.#files.delete(path);
    else this.#files.set(path, { ...file, held: file.held - 1, neverFree: 0 });
  }

  /** Keeps what was learned, if anything was. */
  async save(): Promise<void> {
    if (this.#changed) await writeLocalJson(this.#path, { version: 1, files: this.all.slice(0, MOST_KEPT) });
    this.#changed = false;
  }
}
