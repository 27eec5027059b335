import type { ReadMember } from '../archive/member.ts';
import { type AttributeSettings, Attributes } from '../download/attributes.ts';
import { type Failure, failureOf } from '../download/failures.ts';
import type { Outcome } from '../download/outcome.ts';
import type { Target } from '../download/target.ts';
import { isBmcloudError } from '../errors.ts';
import { Semaphore } from '../flow/semaphore.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import { workAhead } from '../flow/work-ahead.ts';
import { comparePaths } from '../model/path.ts';
import { UnpackedFolders } from './folders.ts';
import { LimitGuard, type UnpackLimits } from './limits.ts';
import { UnpackedLinks } from './links.ts';
import { cleanName, keyOf, placeBelow } from './names.ts';
import { SmallFiles } from './small-files.ts';
import type { Wanted } from './wanted.ts';
import { DraftFile, type Existing, isThere, type Written } from './write-file.ts';

export interface UnpackerOptions {
  target: Target;
  existing: Existing;
  limits: UnpackLimits;
  attributes: AttributeSettings;
  outcome: Outcome;
  signal: AbortSignal | undefined;
}

/** Files up to this size are held in memory, and written many at once. */
const SMALL = 1024 * 1024;
const AHEAD = { count: 64, bytes: 32 * 1024 * 1024 };
const LARGE_AT_ONCE = 4;
const ITSELF = Buffer.from('.');

/** Unpacks members: files in threads as they come, then other names and links, at last the attributes of directories. */
export class Unpacker {
  readonly #options: UnpackerOptions;
  readonly #outcome: Outcome;
  readonly #attributes: Attributes;
  readonly #folders: UnpackedFolders;
  readonly #limits: LimitGuard;
  readonly #small: SmallFiles;
  readonly #room = new Semaphore(LARGE_AT_ONCE);
  readonly #large = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;
  /** What each path is that the archive has named so far; `file`, once it is there. */
  readonly #seen = new Map<string, 'directory' | 'pending' | 'file'>();
  readonly #links: UnpackedLinks;
  readonly #directories: Wanted[] = [];

  constructor(options: UnpackerOptions) {
    const { existing, attributes, outcome } = options;
    this.#options = options;
    this.#outcome = outcome;
    this.#attributes = new Attributes(attributes);
    this.#folders = new UnpackedFolders(options.target, (path) => {
      const seen = this.#seen.get(keyOf(this.#options.target, path));
      return seen === 'pending' || seen === 'file';
    });
    this.#limits = new LimitGuard(options.limits);
    this.#links = new UnpackedLinks({
      ...options,
      attributes: this.#attributes,
      isFile: (path) => this.#seen.get(keyOf(this.#options.target, path)) === 'file',
    });
    this.#small = new SmallFiles({ existing, attributes }, (lost) => outcome.lose(lost));
  }

  /**
   * Where the archive cannot be read on, what came before that is there, whole.
   * @throws `damaged`, `usage` at a limit, `disk-full`, `target`, `interrupted`
   */
  async unpack(members: AsyncIterable<ReadMember>): Promise<void> {
    try {
      await this.#putAll(members);
    } catch (error) {
      if (isBmcloudError(error, 'damaged', 'usage')) await this.#finish();
      throw error;
    }
    await this.#finish();
  }

  async #putAll(members: AsyncIterable<ReadMember>): Promise<void> {
    for await (const { value, work } of workAhead(this.#wanted(members), AHEAD, (one) => begin(one))) {
      throwIfInterrupted(this.#options.signal);
      await this.#guard(value, () => this.#put(value, work));
      this.#outcome.progress(value.path);
    }
  }

  async #finish(): Promise<void> {
    await Promise.all(this.#large);
    this.#check();
    await this.#small.finish();
    this.#links.finish();
    // What lies in a directory first: it may be closed to us once it has its mode.
    for (const wanted of this.#directories.sort((a, b) => comparePaths(b.path, a.path)))
      this.#finishDirectory(wanted);
    this.#outcome.lose(this.#attributes.lost);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#large);
    await this.#small.close();
  }

  /** Members that have a place. The data of small files of a tar are taken in here, where they pass by. */
  async *#wanted(members: AsyncIterable<ReadMember>): AsyncGenerator<Wanted & { bytes?: Uint8Array }> {
    for await (const member of members) {
      this.#limits.member();
      const wanted = this.#place(member);
      if (!wanted) continue;
      const isData = member.stat.type === 'file' && !member.linkTo;
      if (isData) this.#limits.file(member.stat.size);
      if (!isData || member.independent) yield wanted;
      else if (member.stat.size <= SMALL) yield { ...wanted, bytes: await collect(member) };
      else {
        // It has to be written before the next member can be looked at.
        await this.#guard(wanted, () => this.#putLarge(wanted));
      }
    }
  }

  #place(member: ReadMember): Wanted | undefined {
    const clean = cleanName(member.name, member);
    if ('refusal' in clean) return this.#refuse(member.name, clean.refusal);
    const { path } = clean;
    const isDirectory = member.stat.type === 'directory';
    if (path.length === 0) {
      // The directory itself belongs to whoever named it.
      return isDirectory ? undefined : this.#refuse(ITSELF, 'its name is that of the directory itself');
    }
    const placed = placeBelow(this.#options.target, path, isDirectory);
    if ('refusal' in placed) return this.#refuse(path, placed.refusal);
    const key = keyOf(this.#options.target, path);
    const seen = this.#seen.get(key);
    if (seen !== undefined && !(isDirectory && seen === 'directory'))
      return this.#refuse(path, 'the archive has it more than once: the first is taken', 'EEXIST');
    this.#seen.set(key, isDirectory ? 'directory' : 'pending');
    if (member.unsupported !== undefined) return this.#refuse(path, member.unsupported, 'ENOTSUP');
    if (member.warning !== undefined) this.#outcome.warn(path, member.warning);
    const stat = { ...member.stat, ctime: member.stat.mtime };
    return { member, path, place: placed.place, stat };
  }

  async #put(wanted: Wanted & { bytes?: Uint8Array }, work: Promise<Uint8Array> | undefined): Promise<void> {
    const { member, path, stat } = wanted;
    if (stat.type === 'directory') {
      this.#folders.make(path);
      this.#directories.push(wanted);
      this.#outcome.directories++;
      return;
    }
    this.#folders.makeAbove(path);
    if (stat.type !== 'file' || member.linkTo) this.#links.add(wanted);
    else if (wanted.bytes || work)
      await this.#putSmall(wanted, wanted.bytes ?? (await (work as Promise<Uint8Array>)));
    else await this.#putLargeAside(wanted);
  }

  async #putSmall(wanted: Wanted, bytes: Uint8Array): Promise<void> {
    const { place, stat } = wanted;
    await this.#small.add({ file: { place, stat }, bytes, done: (written) => this.#note(wanted, written) });
  }

  /** Large files of a zip, a few at once. */
  async #putLargeAside(wanted: Wanted): Promise<void> {
    this.#check();
    const work = this.#room
      .run(() => this.#guard(wanted, () => this.#putLarge(wanted)))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      });
    this.#large.add(work);
    void work.then(() => this.#large.delete(work));
    while (this.#large.size >= LARGE_AT_ONCE) await Promise.race(this.#large);
  }

  async #putLarge(wanted: Wanted): Promise<void> {
    const { member, path, place, stat } = wanted;
    this.#folders.makeAbove(path);
    if (isThere(place, stat, this.#options.existing)) {
      this.#note(wanted, 'unchanged');
      return;
    }
    const draft = new DraftFile(place);
    try {
      for await (const piece of member.data()) {
        throwIfInterrupted(this.#options.signal);
        draft.write(piece);
        this.#outcome.progress(path, draft.length);
      }
      draft.finish(stat, this.#attributes);
    } catch (error) {
      draft.abandon();
      throw error;
    }
    this.#note(wanted, 'written');
  }

  #note({ path, stat }: Wanted, written: Written): void {
    if (typeof written === 'object') {
      this.#outcome.fail(path, written);
      return;
    }
    this.#seen.set(keyOf(this.#options.target, path), 'file');
    if (written === 'unchanged') this.#outcome.unchanged++;
    else {
      this.#outcome.files++;
      this.#outcome.bytes += stat.size;
    }
  }

  #finishDirectory({ path, place, stat }: Wanted): void {
    try {
      this.#attributes.setDirectory(place, stat);
    } catch (error) {
      this.#outcome.fail(path, failureOf(error));
    }
  }

  /** What concerns one member is told; the rest goes on. */
  async #guard({ path }: Wanted, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#outcome.fail(path, failureOf(error));
    }
  }

  #refuse(path: Uint8Array, reason: string, code = 'EINVAL'): undefined {
    const failure: Failure = { reason, code };
    this.#outcome.fail(path, failure);
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

/** Small files of a zip are inflated several at once. */
function begin({ member, stat, bytes }: Wanted & { bytes?: Uint8Array }) {
  const isAhead = member.independent && stat.type === 'file' && !bytes && stat.size <= SMALL;
  return isAhead ? { work: collect(member), bytes: stat.size } : undefined;
}

async function collect({ stat, data }: ReadMember): Promise<Uint8Array> {
  const bytes = new Uint8Array(stat.size);
  let at = 0;
  for await (const piece of data()) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
