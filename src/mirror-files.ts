import { lstatSync, mkdirSync } from 'node:fs';
import { Attributes } from './download/attributes.ts';
import { decide, decideOther, type Overwrite } from './download/decide.ts';
import { discard, publish } from './download/drafts.ts';
import { failureOf, refusal } from './download/failures.ts';
import { lookAt } from './download/folders.ts';
import { isSameLink, makeSymlink } from './download/links.ts';
import type { Outcome } from './download/outcome.ts';
import { draftOf, refusalOf, type Target } from './download/target.ts';
import { Twins } from './download/twins.ts';
import { TWIN } from './download/walk.ts';
import { Semaphore } from './flow/semaphore.ts';
import type { Wanted } from './mirror/as-of.ts';
import { COPIES_AHEAD, type Copiers } from './mirror/copiers.ts';
import { FolderChain, InTheWay } from './mirror/folder-chain.ts';
import type { Holdings } from './mirror/holdings.ts';
import { entryOfPlace, type Layout } from './mirror/paths.ts';
import type { RecordEntry } from './mirror/record.ts';
import type { Copied } from './mirror/source.ts';
import { statTimes } from './mirror/stat-times.ts';
import type { Stat } from './model/entry.ts';
import { defaultRetry } from './read/retry.ts';
import type { NativePath } from './scan/disk.ts';

export interface MirrorFilesParts {
  to: string;
  layout: Layout;
  target: Target;
  holdings: Holdings;
  copiers: Copiers;
  outcome: Outcome;
  overwrite: Overwrite;
}

export interface Chosen extends Wanted {
  /** False: a directory that only leads to what was asked for. */
  selected: boolean;
}

/** Brings back single paths of a mirror. One that fails is named, and the others go on. */
export class MirrorFiles {
  readonly #parts: MirrorFilesParts;
  readonly #chain: FolderChain;
  readonly #attributes: Attributes;
  /** Directories that were not there: parents of what was chosen; where nothing is to be replaced, all. */
  readonly #made = new Set<string>();
  readonly #room = new Semaphore(COPIES_AHEAD);
  /** Absent where names that differ in case are two. */
  readonly #twins: Twins | undefined;
  /** Files that are as they are in the mirror now. */
  current = 0;

  constructor(parts: MirrorFilesParts) {
    this.#parts = parts;
    this.#chain = new FolderChain(parts.to, (path) => this.#made.add(keyOf(path)));
    this.#twins = parts.target.folds ? new Twins() : undefined;
    this.#attributes = new Attributes({ ownership: false, setIds: false, target: parts.target });
  }

  /** Directories at once, in the order of paths; a promise for files. @throws `disk-full`, `target` */
  bring(wanted: Wanted): Promise<void> | undefined {
    return this.#guard(wanted.entry, () => {
      const { entry } = wanted;
      const reason = refusalOf(this.#parts.target, entryOfPlace(this.#parts.layout, entry.path));
      if (reason !== undefined) throw refusal(reason, 'EINVAL');
      if (this.#twins?.isOne(entry.path)) throw refusal(TWIN, 'EINVAL');
      const place = this.#chain.place(entry.path);
      if (entry.type === 'directory') return this.#folder(entry, place);
      if (entry.type === 'symlink') return this.#link(entry, place);
      // Only now may it wait: what has its place was asked for in the order of paths.
      return this.#room.run(() => this.#file(wanted, place));
    });
  }

  /** Mode and time of a directory, when all in it is done. One that was there and was not asked for, or must not be replaced, keeps its own. */
  settle({ entry, selected }: Chosen): void {
    const isAsked = selected && this.#parts.overwrite !== 'never';
    if (!isAsked && !this.#made.has(keyOf(entry.path))) return;
    void this.#guard(entry, () => {
      const place = this.#chain.place(entry.path);
      if (lookAt(place)?.isDirectory()) this.#attributes.setDirectory(place, statOf(entry));
      return undefined;
    });
  }

  #folder({ path }: RecordEntry, place: NativePath): undefined {
    const there = lookAt(place);
    if (there?.isDirectory()) return;
    if (there) throw refusal('where the directory should be is something else');
    mkdirSync(place, 0o700);
    if (this.#parts.overwrite === 'never') this.#made.add(keyOf(path));
    this.#parts.outcome.directories++;
  }

  #link(entry: RecordEntry, place: NativePath): undefined {
    const { outcome, overwrite } = this.#parts;
    const stat = statOf(entry);
    const there = lookAt(place);
    const decision = there && decideOther(there, stat, { overwrite, same: isSameLink(place, there, stat) });
    if (decision === 'blocked') throw refusal('a directory is in its place');
    if (decision === 'leave' || decision === 'touch') {
      outcome.unchanged++;
      return;
    }
    makeSymlink(place, stat, this.#attributes);
    outcome.links++;
  }

  async #file({ entry, isCurrent }: Wanted, place: NativePath): Promise<void> {
    const { holdings, outcome, overwrite } = this.#parts;
    const from = holdings.find(entry, isCurrent);
    if (from === undefined) throw refusal('the folder has this version no more', 'ENOENT');
    const stat = isCurrent ? { ...statOf(entry), ...timesOf(from) } : statOf(entry);
    if (isCurrent) this.current++;
    const there = lookAt(place);
    const decision = there && decide(there, stat, { overwrite, length: stat.size, distrust: false });
    if (decision === 'blocked') throw refusal('a directory is in its place');
    if (decision === 'leave' || decision === 'touch') {
      if (decision === 'touch') this.#attributes.setSpecial(place, stat);
      outcome.unchanged++;
      return;
    }
    await this.#copy(from, place, stat);
  }

  async #copy(from: NativePath, place: NativePath, stat: Stat): Promise<void> {
    const { outcome, copiers } = this.#parts;
    const draft = draftOf(place);
    const copied = await copiers.copy(from, draft, defaultRetry);
    if (copied.kind !== 'copied' || copied.torn) {
      discard(draft);
      throw refusal(whyNot(copied), 'EIO');
    }
    this.#attributes.setSpecial(draft, stat);
    publish(draft, place);
    outcome.files++;
    outcome.bytes += copied.size;
  }

  #guard(entry: RecordEntry, act: () => Promise<void> | undefined): Promise<void> | undefined {
    try {
      return act()?.catch((error: unknown) => this.#fail(entry, error));
    } catch (error) {
      this.#fail(entry, error);
      return undefined;
    }
  }

  #fail({ path }: RecordEntry, error: unknown): void {
    const known = error instanceof InTheWay ? refusal('it lies in something that is not a directory') : error;
    this.#parts.outcome.fail(path, failureOf(known));
  }
}

function keyOf(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1');
}

function whyNot(copied: Copied): string {
  if (copied.kind === 'failed') return copied.message;
  return copied.kind === 'gone' ? 'it went away' : 'somebody changes it in the mirror';
}

function timesOf(place: NativePath): Pick<Stat, 'size' | 'mtime'> {
  const { size, mtime } = statTimes(lstatSync(place, { bigint: true }));
  return { size, mtime };
}

function statOf({ type, size, mtime, ctime, mode, target }: RecordEntry): Stat {
  return { type, size, mtime, ctime, mode, uid: 0, gid: 0, ...(target && { target }) };
}
