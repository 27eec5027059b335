import { BmcloudError } from '../errors.ts';
import { checkMatched } from '../match-paths.ts';
import { decodeStat, type Stat } from '../model/entry.ts';
import { displayPath } from '../model/path.ts';
import { loadFilesAddon } from '../native/files.ts';
import type { Repository } from '../repository/repository.ts';
import { decide, decideOther, type Overwrite } from './decide.ts';
import { Extras } from './extras.ts';
import { type Failure, failureOf } from './failures.ts';
import { judgeFolder, lookAt } from './folders.ts';
import type { RestoreGround } from './ground.ts';
import { HardLinks } from './hard-links.ts';
import { dataOf } from './lengths.ts';
import { isSameLink } from './links.ts';
import { Outcome } from './outcome.ts';
import type { Target } from './target.ts';
import type { Folder, Found, Visitor } from './walk.ts';

/** Paths: how many, and the first of them. */
export interface PathCount {
  count: number;
  /** As displayed. */
  first: string[];
}

/** What a restore will take the place of. */
export interface RestorePreview {
  replaced: PathCount;
  deleted: PathCount;
}

const SHOWN = 100;

/**
 * Looks what a restore would do, where anybody wants to know before: otherwise only the totals, as far as the manifest tells them.
 * @throws `not-found` when a path matches nothing; `target` when it is not known what may be deleted
 */
export async function survey(ground: RestoreGround): Promise<{ preview: RestorePreview; planned: Outcome }> {
  const { options, header, repository } = ground;
  const preview = { replaced: { count: 0, first: [] }, deleted: { count: 0, first: [] } };
  const { deleteExtra, dryRun, overwrite, target } = options;
  if (!deleteExtra && !dryRun && options.paths.length === 0 && 'to' in target) {
    const { files, bytes } = header.statistics ?? {};
    return { preview, planned: new Outcome(() => {}, { totalFiles: files, totalBytes: bytes }) };
  }
  if (deleteExtra) checkDeletion(ground);
  ground.tell({ type: 'phase', phase: 'planning' });
  const planned = new Outcome(dryRun ? ground.tell : () => {});
  const extras = new Extras({
    outcome: planned,
    target: ground.target,
    skipped: header.skipped.map(({ path }) => path),
    own: ownDirectories(repository),
    windows: options.windowsFiles ?? loadFilesAddon(),
    act: (path) => countPath(preview.deleted, path),
  });
  const parts = {
    target: ground.target,
    outcome: planned,
    preview,
    overwrite,
    ...(deleteExtra && { extras }),
  };
  await ground.walk(new SurveyVisitor(parts));
  checkMatched(ground.matcher);
  const { files, unchanged, bytes } = planned;
  planned.totals = { totalFiles: files + unchanged, totalBytes: bytes };
  return { preview, planned };
}

/** What the push did not read, or this restore leaves out, would be deleted. @throws `target` */
function checkDeletion({ header, options }: RestoreGround): void {
  if (header.kind === 'partial') {
    throw new BmcloudError('target', 'The push was interrupted: what it had not come to would be deleted', {
      hint: 'Restore without --delete',
    });
  }
  if (options.trackedOnly && header.mirrors) {
    throw new BmcloudError('target', 'What is kept without history is left out, and would be deleted', {
      hint: 'Restore without --delete, or without --tracked-only',
    });
  }
  const complete = (header.statistics?.skipped ?? 0) <= header.skipped.length;
  if (complete || 'to' in options.target) return;
  throw new BmcloudError('target', 'The snapshot skipped more paths than it names: they would be deleted', {
    hint: 'Restore without --delete',
  });
}

/** What no push saves and no restore may delete. */
export function ownDirectories({ directories, location }: Repository): string[] {
  return [...Object.values(directories as unknown as Record<string, string>), location];
}

function countPath(paths: PathCount, path: Uint8Array): void {
  paths.count++;
  if (paths.first.length < SHOWN) paths.first.push(displayPath(path));
}

export interface SurveyParts {
  target: Target;
  /** Counts what would be done. */
  outcome: Outcome;
  preview: RestorePreview;
  overwrite: Overwrite;
  /** Lists what would be deleted; absent: nothing would be. */
  extras?: Extras | undefined;
}

/** A way through the tree that touches nothing: what would be written, replaced and deleted. */
export class SurveyVisitor implements Visitor {
  readonly #parts: SurveyParts;
  readonly #links: HardLinks;

  constructor(parts: SurveyParts) {
    this.#parts = parts;
    this.#links = new HardLinks(parts.target);
  }

  enter(folder: Folder): void {
    const { outcome, overwrite, preview, extras } = this.#parts;
    const { state, there, failure } = judgeFolder(folder, overwrite);
    folder.state = state;
    if (failure) outcome.fail(folder.path, failure);
    if (state === 'fresh') outcome.directories++;
    if (state === 'fresh' && there) countPath(preview.replaced, folder.path);
    if (state === 'present' && folder.selected) this.#guard(folder.path, () => extras?.list(folder));
  }

  entry(found: Found): undefined {
    this.#guard(found.path, () => this.#entry(found, decodeStat(found.stat)));
  }

  leave(folder: Folder): undefined {
    this.#guard(folder.path, () => this.#parts.extras?.clear(folder));
  }

  refused(path: Uint8Array, failure: Failure): void {
    this.#parts.outcome.fail(path, failure);
  }

  #entry(found: Found, stat: Stat): void {
    const { type, parent, place } = found;
    const isData = type === 'file' && this.#links.isFirst(found, stat);
    const length = isData ? dataOf(stat.size, found.content).length : 0;
    const there = parent?.state === 'fresh' ? undefined : lookAt(place);
    if (there && !this.#isToWrite(found, stat, there, isData ? length : undefined)) return;
    const { outcome } = this.#parts;
    if (isData) outcome.files++;
    else if (type !== 'socket' && type !== 'character' && type !== 'block') outcome.links++;
    outcome.bytes += length;
  }

  /** @param length of data; undefined for what is no file of its own */
  #isToWrite(
    { path, place, type }: Found,
    stat: Stat,
    there: NonNullable<ReturnType<typeof lookAt>>,
    length: number | undefined,
  ): boolean {
    const { outcome, preview, overwrite, extras } = this.#parts;
    const same = type === 'symlink' ? isSameLink(place, there, stat) : type === 'fifo' && there.isFIFO();
    const decision =
      length === undefined
        ? decideOther(there, stat, { overwrite, same })
        : decide(there, stat, { overwrite, length, distrust: false });
    if (decision === 'replace') countPath(preview.replaced, path);
    else if (decision === 'blocked') return extras?.remove(path, place) === true;
    else outcome.unchanged++;
    return decision === 'replace';
  }

  #guard(path: Uint8Array, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#parts.outcome.fail(path, failureOf(error));
    }
  }
}
