import { join } from 'node:path';
import { isBmcloudError } from '../errors.ts';
import { decodeManifest, encodeManifest } from '../manifest/manifest.ts';
import { manifestName } from '../manifest/names.ts';
import { equalBytes, toHex } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Manifest, ManifestBase, SnapshotHeader, Source } from '../model/snapshot.ts';
import { refuseRollback, rememberedHead, rememberHead } from './heads.ts';
import type { Job } from './jobs.ts';
import { suffixFor } from './jobs.ts';
import { KeptState, type LocalHead } from './kept-state.ts';
import { LocalJob } from './local-job.ts';
import { type ListedManifest, listManifests, type StoredManifest, sealManifest } from './manifest-objects.ts';
import type { Repository } from './repository.ts';
import { chainOf, holdsBase, openOrPass, stateOf } from './states.ts';

/*
 * The line of a job's manifests, as a push goes on with it: where it stands, what it builds on, and how it commits.
 */

/** How many of the newest manifests one listing asks for. */
const LISTED = 16;
/** A number this far above the one before it is junk. */
const LONGEST_LEAP = 2 ** 20;

/** Where a line stands, for a push that begins now. */
export interface LinePosition {
  /** The number the push will take. */
  next: number;
  /** What it builds on; absent: nothing that this machine could know. */
  base: ManifestBase | undefined;
  /** What it is of. */
  sources: Source[];
  /** The state at the base. */
  previous: Run;
  previousEntries: number;
  /** Bytes of that state when it was last kept whole. */
  previousBytes: number;
  /** Nobody was here since this machine last looked: all that the state relies on is there. */
  trusted: boolean;
  /** Since the last manifest with a state. */
  since: { pushes: number; bytes: number; headers: SnapshotHeader[] };
}

/** What the store shows of a line, and what is kept of it. */
interface Look {
  /** The newest manifests, the newest first. */
  listed: ListedManifest[];
  /** The greatest number; −1: none. */
  seen: number;
  /** Absent where nothing is kept, or its manifest is not in the store. */
  head: LocalHead | undefined;
  isNewest: boolean;
}

export class JobLine {
  readonly job: Job;
  readonly local: LocalJob;
  /** The state that the next push goes on from. */
  readonly kept: KeptState;
  readonly #repository: Repository;

  constructor(repository: Repository, job: Job) {
    this.#repository = repository;
    this.job = job;
    const directory = join(repository.cachePath('jobs'), toHex(job.id));
    this.local = new LocalJob(directory);
    this.kept = new KeptState(directory);
  }

  /** Where the line stands. What is kept of it is brought there: only for who has the job's lock. @throws `rollback` */
  async sync(): Promise<LinePosition> {
    const { listed, seen, head, isNewest } = await this.#look();
    if (head && isNewest) return await this.#position(head, seen, true);
    if (!this.#repository.canRead)
      return head ? await this.#position(head, seen, false) : await this.#fresh(seen);
    return await this.#catchUp(listed, head, seen);
  }

  /** What a push would go on from, for one who only looks: a push may be under way. @throws `rollback` */
  async previous(): Promise<Pick<LinePosition, 'previous' | 'sources'>> {
    const { listed, head, isNewest } = await this.#look();
    if (head && (isNewest || !this.#repository.canRead))
      return { previous: await this.kept.run(), sources: head.sources };
    const newest = this.#repository.canRead ? await this.#newestBase(listed) : undefined;
    if (!newest) return { previous: [], sources: [] };
    return { previous: await stateOf(this.#repository, newest), sources: newest.manifest.header.sources };
  }

  /**
   * One listing tells whether the head still is the newest, and its manifest whether it is of this store: copies of one repository
   * have other manifests under the same numbers.
   */
  async #look(): Promise<Look> {
    const kept = await this.kept.head();
    const [found, isThere] = await Promise.all([
      listManifests(this.#repository.store, this.job.id, LISTED),
      kept !== undefined && holdsBase(this.#repository, this.job, kept),
    ]);
    const listed = await this.#plausible(found);
    const seen = listed[0]?.number ?? -1;
    await refuseRollback(this.#repository, this.job, seen);
    const head = isThere ? kept : undefined;
    return { listed, seen, head, isNewest: head?.number === seen };
  }

  /**
   * Takes a number for a manifest: the commit.
   * @returns the hash of the stored manifest, or `overtaken` when somebody else took the number
   */
  async commit(manifest: Manifest): Promise<{ hash: Uint8Array; bytes: number } | 'overtaken'> {
    const { store, keys, random } = this.#repository;
    const key = manifestName(this.job.id, manifest.header.number, suffixFor(this.#repository));
    const { bytes, hash } = sealManifest(keys.write, key, manifest, random);
    if ((await store.putIfAbsent(key, bytes)) === 'exists' && !(await this.#isThere(key, bytes)))
      return 'overtaken';
    await rememberHead(this.#repository, this.job, manifest.header.number);
    return { hash, bytes: bytes.length };
  }

  /** After a time-out the number may be taken by ourselves. */
  async #isThere(key: string, bytes: Uint8Array): Promise<boolean> {
    try {
      return equalBytes(await this.#repository.store.get(key), bytes);
    } catch (error) {
      // Refused, but not there: another's write that failed in the meantime.
      if (isBmcloudError(error, 'not-found')) return false;
      throw error;
    }
  }

  /** Keeps what the next push needs to know. @param changed since what is kept; its state as it is now, where that is written anew */
  async keep(
    manifest: Manifest,
    hash: Uint8Array,
    position: LinePosition,
    changed: { state: Run } | { changes: Run } | undefined,
    sizes: { changes: number; entries: number },
  ): Promise<void> {
    const { header, state } = manifest;
    const pushes = position.since.pushes + 1;
    const since = state
      ? { pushes: 0, bytes: 0, headers: [] }
      : {
          pushes,
          bytes: position.since.bytes + sizes.changes,
          headers: [header, ...position.since.headers].map(packHeader),
        };
    const { number, sources } = header;
    const head = { number, hash, sources, entries: sizes.entries, since };
    if (!changed) await this.kept.advance(head);
    else if ('state' in changed) await this.kept.replace(head, changed.state);
    else await this.kept.amend(head, changed.changes);
  }

  async #catchUp(listed: ListedManifest[], head: LocalHead | undefined, seen: number): Promise<LinePosition> {
    const newest = await this.#newestBase(listed);
    if (
      head &&
      newest &&
      head.number === newest.manifest.header.number &&
      equalBytes(head.hash, newest.hash)
    ) {
      return await this.#position(head, seen, false);
    }
    if (!newest) return await this.#fresh(seen);
    await this.#rebuild(newest);
    const rebuilt = await this.kept.head();
    return rebuilt ? await this.#position(rebuilt, seen, false) : await this.#fresh(seen);
  }

  async #rebuild(newest: StoredManifest): Promise<void> {
    const chain = await chainOf(this.#repository, newest);
    const since = chain.filter(({ manifest }) => !manifest.state && manifest.header.kind !== 'registration');
    const { number, sources, entries = 0 } = newest.manifest.header;
    await this.kept.replace(
      {
        number,
        hash: newest.hash,
        sources,
        entries,
        since: {
          pushes: since.length,
          bytes: since.reduce((sum, { manifest }) => sum + changeBytes(manifest), 0),
          headers: since.map(({ manifest }) => packHeader(manifest.header)),
        },
      },
      await stateOf(this.#repository, newest),
    );
  }

  /** The newest manifest that a push can build on: fences and junk are passed over. */
  async #newestBase(listed: ListedManifest[]): Promise<StoredManifest | undefined> {
    for (const { key } of listed) {
      const stored = await openOrPass(this.#repository, key);
      if (!stored || !equalBytes(stored.domain, this.job.domain)) continue;
      if (stored.manifest.header.kind !== 'fence') return stored;
    }
    return undefined;
  }

  async #position(head: LocalHead, seen: number, trusted: boolean): Promise<LinePosition> {
    return {
      next: seen + 1,
      base: { number: head.number, hash: head.hash },
      sources: head.sources,
      previous: await this.kept.run(),
      previousEntries: head.entries,
      previousBytes: head.bytes,
      trusted,
      since: { ...head.since, headers: head.since.headers.map(unpackHeader) },
    };
  }

  /** What was kept belongs to no manifest of this store. */
  async #fresh(seen: number): Promise<LinePosition> {
    await this.kept.forget();
    return {
      next: seen + 1,
      base: undefined,
      sources: [],
      previous: [],
      previousEntries: 0,
      previousBytes: 0,
      trusted: true,
      since: { pushes: 0, bytes: 0, headers: [] },
    };
  }

  /** Drops numbers that nobody could have reached: with them, a thief of store credentials could end the line. */
  async #plausible(listed: ListedManifest[]): Promise<ListedManifest[]> {
    let known = (await rememberedHead(this.#repository, this.job)) ?? listed.at(-1)?.number ?? 0;
    const kept: ListedManifest[] = [];
    for (const one of listed.toReversed()) {
      if (one.number > known + LONGEST_LEAP) continue;
      known = Math.max(known, one.number);
      kept.unshift(one);
    }
    return kept;
  }
}

function changeBytes({ changes }: Manifest): number {
  if (!changes) return 0;
  return changes instanceof Uint8Array
    ? changes.length
    : changes.items.reduce((sum, item) => sum + item.length, 0);
}

/** A header as text for a local file: the manifest's own encoding, without details. */
function packHeader(header: SnapshotHeader): string {
  const brief = { ...header, sources: [], skipped: [], tags: [] };
  return Buffer.from(encodeManifest({ header: brief, earlier: [] })).toString('base64');
}

function unpackHeader(text: string): SnapshotHeader {
  return decodeManifest(Buffer.from(text, 'base64')).header;
}
