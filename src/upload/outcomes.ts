import type { Difference } from '../diff/diff.ts';
import { marks, withMarks, withTracked } from '../model/entry.ts';
import type { Statistics } from '../model/snapshot.ts';
import { isDirectory, isFile, isRacy, sizeOf, type Tally } from '../model/tally.ts';
import { Writer } from '../model/wire.ts';
import { type Changes, fileContent } from './changes.ts';
import type { ReadResult } from './tasks.ts';

/** A difference that puts an entry. */
export type Put = Difference & { kind: 'new' | 'changed' } & {
  /** What was stored of it before is not all there: it looks the same and is read for that. */
  isBroken?: boolean;
};

export interface OutcomesOptions {
  changes: Changes;
  /** Takes in what the state will have. */
  tally: Tally;
  statistics: Pick<Statistics, 'new' | 'changed' | 'deleted' | 'unchanged' | 'bytesRead'>;
  /** Something attached to a file or directory could not be read: why. */
  onLost: (path: Uint8Array, reason: string) => void;
  /** A file that the last push had is gone since it was looked at. */
  onGone: () => void;
  /** A file changed as often as it was read: what is stored of it may be of several moments. */
  onChanging: () => void;
}

const NOTHING = new Uint8Array(0);

/** Writes down, and counts, what became of a difference: put, deleted, or carried over. */
export class Outcomes {
  readonly #options: OutcomesOptions;
  readonly #scratch = new Writer(4096);

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  delete(path: Uint8Array): void {
    this.#options.changes.delete(path);
    this.#options.statistics.deleted++;
  }

  /** The same bytes under changed metadata. */
  touch({ path, stat, before, untracked }: Difference & { kind: 'touched' }): void {
    this.#options.changes.put(path, stat, withTracked(before.content, !untracked));
    this.#options.tally.add(stat);
    this.#options.statistics.changed++;
  }

  /** @param asked when its reading was asked for, ms since the epoch */
  read(difference: Put, result: ReadResult & { kind: 'read' }, asked: number): void {
    const { items, changed, bytes, attached, lost } = result;
    const stat = result.stat ?? difference.stat;
    this.#options.statistics.bytesRead += bytes;
    if (lost !== undefined) this.#options.onLost(difference.path, lost);
    if (!isFile(stat)) {
      this.put(difference, stat, attached ?? NOTHING);
      return;
    }
    if (changed) this.#options.onChanging();
    const mark = (changed ? marks.changedWhileReading : 0) | (isRacy(stat, asked) ? marks.racy : 0);
    this.put(difference, stat, fileContent(this.#scratch, items, mark, attached));
  }

  put(difference: Put, stat: Uint8Array, put: Uint8Array): void {
    const { changes, tally, statistics } = this.#options;
    const content = withTracked(put, !difference.untracked);
    changes.put(difference.path, stat, content);
    tally.add(stat);
    if (difference.kind === 'new') statistics.new++;
    else if (isAsBefore(difference, stat, content)) statistics.unchanged++;
    else statistics.changed++;
  }

  /**
   * One that cannot be read stays as it was, and says so in its marks; so does one that is gone since it was looked at: whether it was
   * deleted, or its volume unmounted, is for the next push to see. One that never was read has nothing to stay as, and a directory that
   * a file took the place of is no more.
   * @param isTold somebody hears why; if not, it is gone, and counted
   */
  carryOver(difference: Put, isTold: boolean): void {
    if (difference.kind === 'new') return;
    const { path, before } = difference;
    if (endsDirectory(difference)) {
      this.delete(path);
      return;
    }
    this.#options.changes.put(path, before.stat, withMarks(before.content, marks.carriedOver));
    this.#options.tally.add(before.stat);
    this.#options.statistics.unchanged++;
    if (!isTold) this.#options.onGone();
  }
}

/** Bytes of what a difference is about. */
export function bytesOf(difference: Difference): number {
  return 'stat' in difference ? sizeOf(difference.stat) : 0;
}

/** What was a directory is none any more: all below it goes, too. */
export function endsDirectory(difference: Difference): boolean {
  if (difference.kind === 'new') return false;
  return (
    isDirectory(difference.before.stat) && (difference.kind === 'deleted' || !isDirectory(difference.stat))
  );
}

/** True if only the marks differ: it was read again to be sure, and it was the same. */
function isAsBefore(
  { before }: Difference & { kind: 'changed' },
  stat: Uint8Array,
  content: Uint8Array,
): boolean {
  return (
    Buffer.compare(before.stat, stat) === 0 &&
    Buffer.compare(withMarks(before.content, 0), withMarks(content, 0)) === 0
  );
}
