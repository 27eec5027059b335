import type { BigIntStats } from 'node:fs';
import type { Attributes } from '../download/attributes.ts';
import { failureOf, refusal } from '../download/failures.ts';
import { lookAt } from '../download/folders.ts';
import { isSameFile, isSameLink, makeFifo, makeOtherName, makeSymlink } from '../download/links.ts';
import type { Outcome } from '../download/outcome.ts';
import type { Target } from '../download/target.ts';
import type { Stat } from '../model/entry.ts';
import type { NativePath } from '../scan/disk.ts';
import { cleanName, keyOf, placeBelow } from './names.ts';
import type { Wanted } from './wanted.ts';
import { type Existing, keptExisting } from './write-file.ts';

export interface UnpackedLinksOptions {
  target: Target;
  existing: Existing;
  attributes: Attributes;
  outcome: Outcome;
  /** Whether a path is a file that this run has unpacked. */
  isFile: (path: Uint8Array) => boolean;
}

/** What is made when all files are there: their other names, then symbolic links, which nothing is written through any more. */
export class UnpackedLinks {
  readonly #options: UnpackedLinksOptions;
  readonly #names: Wanted[] = [];
  readonly #others: Wanted[] = [];
  /** Names that were made: others may be names of them. */
  readonly #made = new Set<string>();

  constructor(options: UnpackedLinksOptions) {
    this.#options = options;
  }

  add(wanted: Wanted): void {
    if (wanted.member.linkTo) this.#names.push(wanted);
    else this.#others.push(wanted);
  }

  /** @throws `disk-full`, `target` */
  finish(): void {
    const files = this.#namesOfFiles(this.#names);
    for (const wanted of [...files, ...this.#others]) this.#finish(wanted);
  }

  /** Names of symbolic links become links themselves: not every system gives a link another name. @returns those of files */
  #namesOfFiles(names: Wanted[]): Wanted[] {
    if (names.length === 0) return names;
    const { target } = this.#options;
    const links = new Map<string, Stat>();
    for (const { path, stat } of this.#others)
      if (stat.type === 'symlink') links.set(keyOf(target, path), stat);
    return names.filter((wanted) => {
      const { linkTo = wanted.path, ...member } = wanted.member;
      const clean = cleanName(linkTo, member);
      const stat = 'path' in clean ? links.get(keyOf(target, clean.path)) : undefined;
      if (stat) {
        links.set(keyOf(target, wanted.path), stat);
        this.#others.push({ ...wanted, member, stat });
      }
      return !stat;
    });
  }

  #finish(wanted: Wanted): void {
    const { outcome } = this.#options;
    try {
      const { type } = wanted.stat;
      if (wanted.member.linkTo || type === 'symlink' || type === 'fifo') this.#make(wanted);
      else outcome.warn(wanted.path, `a ${type === 'socket' ? type : 'device'} is not made`);
    } catch (error) {
      outcome.fail(wanted.path, failureOf(error));
    }
  }

  #make(wanted: Wanted): void {
    const { outcome, existing, attributes } = this.#options;
    const { place, stat } = wanted;
    const first = this.#firstOf(wanted);
    const there = lookAt(place);
    if (there && isSame(wanted, there, first)) {
      if (first !== undefined) this.#made.add(keyOf(this.#options.target, wanted.path));
      outcome.unchanged++;
      return;
    }
    if (there?.isDirectory()) throw refusal('a directory is in its place');
    if (there && existing === 'keep') throw keptExisting();
    if (first !== undefined) makeOtherName(first, place, stat, this.#options);
    else if (stat.type === 'symlink') makeSymlink(place, stat, attributes);
    else makeFifo(place, stat, attributes);
    if (first !== undefined) this.#made.add(keyOf(this.#options.target, wanted.path));
    outcome.links++;
  }

  /** Only files of this archive are ever linked to. @throws a refusal for any other */
  #firstOf({ member }: Wanted): NativePath | undefined {
    if (!member.linkTo) return undefined;
    const clean = cleanName(member.linkTo, member);
    if (
      'path' in clean &&
      (this.#options.isFile(clean.path) || this.#made.has(keyOf(this.#options.target, clean.path)))
    ) {
      const placed = placeBelow(this.#options.target, clean.path, false);
      if ('place' in placed) return placed.place;
    }
    throw refusal('it is another name of a file that was not unpacked', 'ENOENT');
  }
}

function isSame({ place, stat }: Wanted, there: BigIntStats, first: NativePath | undefined): boolean {
  if (first !== undefined) return isSameFile(first, there);
  return stat.type === 'symlink' ? isSameLink(place, there, stat) : there.isFIFO();
}
