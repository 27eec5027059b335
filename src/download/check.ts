import { decodeStat } from '../model/entry.ts';
import { domainKeys, type RepositoryKeys } from '../seal/keys.ts';
import { type Batch, type FileWork, type Piece, taskPieces } from './batch.ts';
import { type Failure, failureOf, refusal } from './failures.ts';
import type { Filler } from './filler.ts';
import { lookAt } from './folders.ts';
import type { HardLinks } from './hard-links.ts';
import type { Lanes } from './lanes.ts';
import { dataOf } from './lengths.ts';
import type { Outcome } from './outcome.ts';
import type { TurnReader } from './turns.ts';
import type { Found, Visitor } from './walk.ts';

const DIFFERS: Failure = { reason: 'it does not hold what the snapshot has', code: 'damaged' };

export interface CheckParts {
  filler: Filler;
  outcome: Outcome;
  links: HardLinks;
  turns: TurnReader;
}

/** The third way through the tree, on request: every file that was restored is read again. */
export class CheckVisitor implements Visitor {
  readonly #parts: CheckParts;

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  enter(): void {}

  entry(found: Found): Promise<void> | undefined {
    const { outcome, filler, turns, links } = this.#parts;
    if (found.type !== 'file' || !turns.next() || outcome.hasFailed(found.path)) return undefined;
    try {
      const stat = decodeStat(found.stat);
      // A file with several names is read once.
      if (links.firstOf(found, stat)) return undefined;
      const there = lookAt(found.place);
      if (!there?.isFile()) throw refusal('it is not there any more', DIFFERS.code);
      const data = dataOf(stat.size, found.content);
      const isExact = data.list.depth === 0 || !data.changed;
      if (isExact && Number(there.size) !== data.length) throw refusal(DIFFERS.reason, DIFFERS.code);
      return filler.add(found, data, 0);
    } catch (error) {
      outcome.fail(found.path, failureOf(error));
      return undefined;
    }
  }

  leave(): undefined {}

  refused(): void {}
}

/** Reads the files of a window again. */
export class WindowChecker {
  readonly #lanes: Lanes;
  readonly #outcome: Outcome;
  readonly #idKey: Uint8Array;

  /** @param domain of the manifest */
  constructor(lanes: Lanes, outcome: Outcome, keys: RepositoryKeys, domain: Uint8Array) {
    this.#lanes = lanes;
    this.#outcome = outcome;
    this.#idKey = domainKeys(keys, domain).id;
  }

  check = async ({ files, pieces }: Batch): Promise<void> => {
    await Promise.all(tasksOf(pieces).map((task) => this.#checkPieces(task)));
    for (const file of files) file.windows--;
    for (const file of files.filter(({ open, windows }) => !open && windows === 0)) {
      if (file.failure) this.#outcome.fail(file.path, file.failure);
      else this.#outcome.verified++;
    }
    this.#outcome.progress(files.at(-1)?.path);
  };

  async #checkPieces(pieces: Piece[]): Promise<void> {
    const { files, task } = taskPieces(pieces.map((piece) => ({ piece })));
    const { have, failed } = await this.#lanes.run({ kind: 'check', idKey: this.#idKey, ...task });
    for (const { file, reason, code } of failed) (files[file] as FileWork).failure ??= { reason, code };
    pieces.forEach(({ file }, i) => {
      if (have?.[i] !== 1) file.failure ??= DIFFERS;
    });
  }
}

const TASK_BYTES = 4 * 1024 * 1024;
const TASK_PIECES = 512;

function tasksOf(pieces: Piece[]): Piece[][] {
  const tasks: Piece[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const piece of pieces) {
    if (bytes >= TASK_BYTES || (tasks.at(-1)?.length ?? 0) >= TASK_PIECES) {
      tasks.push([]);
      bytes = 0;
    }
    tasks.at(-1)?.push(piece);
    bytes += piece.length;
  }
  return tasks;
}
