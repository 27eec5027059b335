import { saysAbsent } from '../errors.ts';
import { mapAhead } from '../flow/ahead.ts';
import type { LockOwner } from '../model/owner.ts';
import { comparePaths, displayPath } from '../model/path.ts';
import type { Rung, SkippedPath } from '../model/snapshot.ts';
import { sizeOf } from '../model/tally.ts';
import type { ReadFailure } from '../read/failure.ts';
import { isHeld, isTransient } from '../read/transient.ts';
import type { LockedFiles } from '../repository/locked-files.ts';
import { bytesOf, type Outcomes, type Put } from './outcomes.ts';
import { statNow } from './stat-now.ts';
import type { FileToRead, ReadResult } from './tasks.ts';

/** Deferred files are few; a tree in which everything is locked must not fill the memory. */
const MOST_DEFERRED = 20_000;
const AT_ONCE = 8;
/** The system is asked about so many files: each has its owner told, or none of them would in time. */
const MOST_ASKED = 200;

/** A frozen view of the volumes that files lie on. */
export interface FrozenViews {
  /** Freezes the volumes of these paths together, where the system can. */
  openFor(paths: readonly Uint8Array[]): Promise<void>;
  pathInShadow(path: Uint8Array): Promise<{ path: Uint8Array; provider: string } | { unavailable: string }>;
}

/** Who holds each of some files (native paths as bytes), in their order. */
export type AskOwners = (paths: Uint8Array[]) => Promise<{ owners: LockOwner[]; unknown?: string }[]>;

export interface LateFilesOptions {
  outcomes: Outcomes;
  /** One attempt. */
  read: (file: FileToRead) => Promise<ReadResult>;
  /** Absent: nothing is frozen for this push. */
  views?: FrozenViews | undefined;
  askOwners: AskOwners;
  locked: LockedFiles;
  now: () => Date;
  onSkipped: (skipped: SkippedPath) => void;
  /** A file that the frozen view had, and did not give: why. It was read live. */
  onNotFrozen: (why: string) => void;
  onDone: (path: Uint8Array, bytes: number) => void;
}

interface Deferred {
  difference: Put;
  file: FileToRead;
  /** Of the attempts so far; absent: none was made, because none helped in the last pushes. */
  failure?: ReadFailure | undefined;
  /** These attempts were made in a frozen view. */
  wasFrozen: boolean;
}

interface Ended {
  deferred: Deferred;
  result: ReadResult;
  asked: number;
  tried: Rung[];
  noShadow?: string;
}

/**
 * The last rungs of the ladder: files that others held while the push came by are tried once more at its end, then read from a
 * frozen view of their volume, and only then passed over, with the names of those who hold them.
 */
export class LateFiles {
  readonly #options: LateFilesOptions;
  readonly #deferred: Deferred[] = [];
  readonly #skipped: { path: Uint8Array; skipped: SkippedPath }[] = [];

  constructor(options: LateFilesOptions) {
    this.#options = options;
  }

  /** @returns false if there are too many already */
  defer(difference: Put, file: FileToRead, failure?: ReadFailure, wasFrozen = false): boolean {
    if (this.#deferred.length >= MOST_DEFERRED) return false;
    this.#deferred.push({ difference, file, failure, wasFrozen });
    return true;
  }

  /** Resolves when every deferred file is read or passed over. */
  async finish(): Promise<void> {
    // Some were put here before they were read, others after: a run is in the order of paths.
    this.#deferred.sort((a, b) => comparePaths(a.difference.path, b.difference.path));
    for await (const ended of mapAhead(this.#deferred, AT_ONCE, (deferred) => this.#read(deferred)))
      this.#settle(ended);
    this.#deferred.length = 0;
    await this.#nameOwners();
  }

  /** Notes a file that no rung could read: its owners are asked for at the end. */
  skip(difference: Put, file: FileToRead, failure: ReadFailure, tried: Rung[], noShadow?: string): void {
    const { now, locked } = this.#options;
    const { code, message, attempts = 1 } = failure;
    const { path, isBroken } = difference;
    if (isHeld(code)) locked.noteHeld(displayPath(path), 'skipped', now());
    const skipped = {
      path,
      reason: isBroken ? `${message}; what was stored of it before is damaged` : message,
      code,
      attempts,
      tried,
      ...(noShadow !== undefined && { noShadow }),
    };
    this.#skipped.push({ path: file.path, skipped });
  }

  async #read(deferred: Deferred): Promise<Ended> {
    const { file, failure } = deferred;
    const asked = this.#options.now().getTime();
    const tried: Rung[] = failure ? ['shared', 'retry', 'deferred'] : ['deferred'];
    // One that never was free is asked, too: that takes a moment, a shadow seconds.
    const live = counted(await this.#options.read(file), failure);
    const ended = { deferred, result: live, asked, tried };
    return live.kind === 'read' || !isTransient(live.code) ? ended : await this.#readFrozen(ended);
  }

  /** What the frozen view has; where there is none, what came before, and why. */
  async #readFrozen(live: Ended): Promise<Ended> {
    const { file } = live.deferred;
    const view = await this.#options.views?.pathInShadow(file.path);
    if (!view) return live;
    if ('unavailable' in view) return { ...live, noShadow: view.unavailable };
    const tried: Rung[] = [...live.tried, 'shadow'];
    const stat = statNow(view.path, file.stat);
    const result =
      'kind' in stat
        ? stat
        : await this.#options.read({ ...file, path: view.path, ...stat, size: sizeOf(stat.stat) });
    if (result.kind === 'read')
      return {
        ...live,
        tried,
        result: { ...result, stat: result.stat ?? ('stat' in stat ? stat.stat : file.stat) },
      };
    return { ...live, tried, noShadow: `the ${view.provider} snapshot does not give it: ${result.message}` };
  }

  #settle({ deferred, result, asked, tried, noShadow }: Ended): void {
    const { outcomes, onDone } = this.#options;
    const { difference, file } = deferred;
    if (result.kind === 'read') {
      this.#learn(deferred, tried.includes('shadow') ? 'shadow' : 'read');
      outcomes.read(difference, result, asked);
    } else {
      const isTold = isNews(difference, result);
      outcomes.carryOver(difference, isTold);
      if (isTold) this.skip(difference, file, result, tried, noShadow);
    }
    onDone(difference.path, bytesOf(difference));
  }

  #learn({ difference, failure, wasFrozen }: Deferred, ended: 'shadow' | 'read'): void {
    const { locked, now, onNotFrozen } = this.#options;
    const path = displayPath(difference.path);
    if (ended === 'shadow' || (failure && isHeld(failure.code))) locked.noteHeld(path, ended, now());
    else if (!failure) locked.noteFree(path);
    // What is not there was made after the view was.
    if (failure && wasFrozen && !saysAbsent(failure.code)) onNotFrozen(failure.message);
  }

  /** Only asked for files that others hold: looking through all processes is dear. */
  async #nameOwners(): Promise<void> {
    const held = this.#skipped.filter(({ skipped }) => isHeld(skipped.code)).slice(0, MOST_ASKED);
    const answers = held.length === 0 ? [] : await this.#options.askOwners(held.map(({ path }) => path));
    held.forEach(({ skipped }, i) => {
      const { owners = [] } = answers[i] ?? {};
      if (owners.length > 0) skipped.owners = owners;
    });
    for (const { skipped } of this.#skipped.splice(0)) this.#options.onSkipped(skipped);
  }
}

/** Files come and go, which is no news; that what was stored of one is damaged is. */
export function isNews({ isBroken }: Put, { code }: ReadFailure): boolean {
  return isBroken === true || !saysAbsent(code);
}

/** One more attempt than before. */
function counted(result: ReadResult, before: ReadFailure | undefined): ReadResult {
  return result.kind === 'read' ? result : { ...result, attempts: (before?.attempts ?? 0) + 1 };
}
