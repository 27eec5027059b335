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
  onDone: (path: Uint8Array, bytes: number) => void;
}

interface Deferred {
  difference: Put;
  file: FileToRead;
  /** Of the attempts so far; absent: none was made, because none ever helped. */
  failure?: ReadFailure | undefined;
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
  defer(difference: Put, file: FileToRead, failure?: ReadFailure): boolean {
    if (this.#deferred.length >= MOST_DEFERRED) return false;
    this.#deferred.push({ difference, file, ...(failure && { failure }) });
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
    await this.#options.locked.save();
  }

  /** Passes over a file that no rung could read. */
  skip(difference: Put, file: FileToRead, failure: ReadFailure, tried: Rung[], noShadow?: string): void {
    const { outcomes, now, locked } = this.#options;
    const { code, message, attempts = 1 } = failure;
    const { path } = difference;
    outcomes.carryOver(difference);
    if (isHeld(code)) locked.noteHeld(displayPath(path), 'skipped', now());
    const skipped = {
      path,
      reason: message,
      code,
      attempts,
      tried,
      ...(noShadow !== undefined && { noShadow }),
    };
    this.#skipped.push({ path: file.path, skipped });
  }

  async #read(deferred: Deferred): Promise<Ended> {
    const { file, failure, difference } = deferred;
    const asked = this.#options.now().getTime();
    const tried: Rung[] = failure ? ['shared', 'retry', 'deferred'] : ['deferred'];
    const goStraight = this.#options.views && this.#options.locked.isNeverFree(displayPath(difference.path));
    const live = goStraight ? undefined : counted(await this.#options.read(file), failure);
    if (live && (live.kind === 'read' || !isTransient(live.code)))
      return { deferred, result: live, asked, tried };
    return await this.#readFrozen({ deferred, result: live ?? neverTried, asked, tried });
  }

  /** What the frozen view has; where there is none, what came before, and why. */
  async #readFrozen(live: Ended): Promise<Ended> {
    const { file } = live.deferred;
    const view = await this.#options.views?.pathInShadow(file.path);
    if (!view || 'unavailable' in view) {
      const ended = live.result === neverTried ? await this.#readLive(live) : live;
      return { ...ended, ...(view && { noShadow: view.unavailable }) };
    }
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
    const ended = live.result === neverTried ? await this.#readLive(live) : live;
    return { ...ended, tried, noShadow: `the ${view.provider} snapshot does not give it: ${result.message}` };
  }

  async #readLive(ended: Ended): Promise<Ended> {
    return { ...ended, result: await this.#options.read(ended.deferred.file) };
  }

  #settle({ deferred, result, asked, tried, noShadow }: Ended): void {
    const { outcomes, locked, now, onDone } = this.#options;
    const { difference, file } = deferred;
    if (result.kind === 'read') {
      const ended = tried.includes('shadow') ? 'shadow' : 'read';
      if (deferred.failure || ended === 'shadow') locked.noteHeld(displayPath(difference.path), ended, now());
      else locked.noteFree(displayPath(difference.path));
      outcomes.read(difference, result, asked);
    } else if (isGone(result.code)) outcomes.vanished(difference);
    else this.skip(difference, file, result, tried, noShadow);
    onDone(difference.path, bytesOf(difference));
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

/** The answer to a question that was not asked. */
const neverTried: ReadFailure = { kind: 'failed', code: 'EBUSY', message: 'held by another program' };

export function isGone(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** One more attempt than before. */
function counted(result: ReadResult, before: ReadFailure | undefined): ReadResult {
  return result.kind === 'read' ? result : { ...result, attempts: (before?.attempts ?? 0) + 1 };
}
