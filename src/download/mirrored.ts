import { isTracked, type RawEntry, writeEntry } from '../model/entry.ts';
import { isWithin } from '../model/path.ts';
import { compareCursors, type Run, RunCursor, RunWriter } from '../model/run.ts';
import { isDirectory } from '../model/tally.ts';

/*
 * Entries without history (docs/format.md, section 7, field 34): of a moment that has passed, only what is tracked can be had;
 * what is mirrored is there as it is now.
 */

/**
 * The tracked entries of one state, and the untracked ones of another, with the directories that they lie in. Where both want a
 * path, the tracked entry has it.
 * @param then whose tracked entries count; @param now whose untracked entries count; empty: none
 */
export async function* trackedAnd(then: Run, now: Run): AsyncGenerator<Uint8Array> {
  const tracked = new RunCursor(then, 'the state of a snapshot');
  const mirrored = new RunCursor(now, 'the state of the newest snapshot');
  try {
    yield* merged(tracked, mirrored);
  } finally {
    await Promise.all([tracked.close(), mirrored.close()]);
  }
}

async function* merged(tracked: RunCursor, mirrored: RunCursor): AsyncGenerator<Uint8Array> {
  const choice = new Choice();
  if (!tracked.advance()) await tracked.refill();
  if (!mirrored.advance()) await mirrored.refill();
  while (!tracked.done || !mirrored.done) {
    const order = tracked.done ? 1 : mirrored.done ? -1 : compareCursors(tracked, mirrored);
    choice.between(order <= 0 ? tracked : undefined, order >= 0 ? mirrored : undefined);
    if (order <= 0 && !tracked.advance()) await tracked.refill();
    if (order >= 0 && !mirrored.advance()) await mirrored.refill();
    if (choice.out.full) yield choice.out.take();
  }
  choice.end();
  if (choice.out.length > 0) yield choice.out.take();
}

/** Decides path by path, in order, and writes down what is taken. */
class Choice {
  readonly out = new RunWriter();
  readonly #aboveTracked = new Directories();
  readonly #aboveMirrored = new Directories();
  /** The last path that was put and is no directory: nothing can lie below it. */
  #leaf: Uint8Array | undefined;
  /** A file of now where a directory was: it waits until it is known whether something tracked lies in that. */
  #held: RawEntry | undefined;

  /** What both states have at a path; one of them may have nothing. */
  between(then: RunCursor | undefined, now: RunCursor | undefined): void {
    const path = (then ?? now)?.path() as Uint8Array;
    if (this.#held && !isWithin(path, this.#held.path)) this.#putHeld();
    const isWanted = now && !isTracked(now.content()) && !(this.#leaf && isWithin(path, this.#leaf));
    if (then && isTracked(then.content())) this.#put(then);
    else if (then && isDirectory(then.stat()) && isWanted && !isDirectory(now.stat())) {
      this.#aboveTracked.note(then);
      this.#held = copyOf(now);
    } else if (isWanted) this.#put(now);
    else if (then && isDirectory(then.stat())) this.#aboveTracked.note(then);
    else if (now && isDirectory(now.stat())) this.#aboveMirrored.note(now);
  }

  end(): void {
    if (this.#held) this.#putHeld();
  }

  #put(cursor: RunCursor): void {
    this.#held = undefined;
    this.#putAbove(cursor.path());
    this.out.append(cursor.entry());
    if (!isDirectory(cursor.stat())) this.#leaf = cursor.path().slice();
  }

  #putHeld(): void {
    const { path, stat, content } = this.#held as RawEntry;
    this.#held = undefined;
    this.#aboveTracked.forget(path);
    this.#putAbove(path);
    writeEntry(this.out.writer, path, stat, content);
    this.#leaf = path;
  }

  /** The directories around a path that were passed over, outermost first. */
  #putAbove(path: Uint8Array): void {
    const above = [...this.#aboveTracked.over(path), ...this.#aboveMirrored.over(path)];
    above.sort((a, b) => a.path.length - b.path.length);
    for (const directory of above)
      writeEntry(this.out.writer, directory.path, directory.stat, directory.content);
  }
}

function copyOf(cursor: RunCursor): RawEntry {
  return { path: cursor.path().slice(), stat: cursor.stat().slice(), content: cursor.content().slice() };
}

/** Directories that were passed over, until it is known whether something in them is put. */
class Directories {
  #open: RawEntry[] = [];

  note(cursor: RunCursor): void {
    const entry = copyOf(cursor);
    this.#open = this.#open.filter((directory) => isWithin(entry.path, directory.path));
    this.#open.push(entry);
  }

  forget(path: Uint8Array): void {
    this.#open = this.#open.filter((directory) => !isWithin(directory.path, path));
  }

  /** Those that a path lies in, outermost first; each is told once. */
  over(path: Uint8Array): RawEntry[] {
    const over = this.#open.filter((directory) => isWithin(path, directory.path));
    this.#open = [];
    return over;
  }
}
