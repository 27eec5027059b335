import { throwIfInterrupted } from '../flow/sleep.ts';
import { overlay } from '../model/overlay.ts';
import type { Run } from '../model/run.ts';
import type { Manifest, RunList, SnapshotHeader } from '../model/snapshot.ts';
import type { JobLine, LinePosition } from '../repository/job-line.ts';
import type { Journal } from '../repository/local-job.ts';
import type { Repository } from '../repository/repository.ts';
import { writeRun } from '../repository/run-lists.ts';
import { raised, storeChanges } from './changes.ts';
import type { Pipeline } from './pipeline.ts';

/** A state is written at the latest with every so many'th manifest, or a reader had to follow too many. */
const MOST_PUSHES = 64;
/** Or when the changes since the last one have outgrown this part of it, and are worth mentioning. */
const STATE_SHARE = 1 / 4;
const LEAST_BYTES = 256 * 1024;

export interface SnapshotWriterOptions {
  repository: Repository;
  line: JobLine;
  position: LinePosition;
  journal: Journal;
  pipeline: Pipeline;
  signal?: AbortSignal | undefined;
}

/** Writes manifests from the journal: partial ones while a push goes on, and the snapshot at its end. */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions;
  /** Where the line stands: moved on by partial manifests. */
  #position: LinePosition;
  /** Frames of the journal that partial manifests have already. */
  #written = 0;

  constructor(options: SnapshotWriterOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  /** What the push did so far becomes a partial snapshot: safe even if this machine is lost. */
  async writePartial(header: SnapshotHeader): Promise<void> {
    const { journal, line } = this.#options;
    const written = journal.frames;
    const { parts, bytes } = await this.#store(false);
    const manifest = this.#manifest({ ...header, kind: 'partial' }, parts);
    const committed = await line.commit(manifest);
    // Somebody else's snapshot came first: the end of this push will meet it.
    if (committed === 'overtaken') return;
    this.#written = written;
    this.#position = movedOn(this.#position, manifest, committed.hash, bytes);
  }

  /**
   * Commits the snapshot, and keeps its state for the next push.
   * @param header asked when everything is stored; @param entries in the state
   */
  async commit(header: () => SnapshotHeader, entries: number): Promise<SnapshotHeader | 'overtaken'> {
    const { line, signal, journal } = this.#options;
    const { parts, bytes } = await this.#store(true);
    throwIfInterrupted(signal);
    const manifest = this.#manifest({ ...header(), entries }, parts);
    const committed = await line.commit(manifest);
    if (committed === 'overtaken') return 'overtaken';
    const changed = journal.hasChanges ? await this.#changed(manifest) : undefined;
    await line.keep(manifest, committed.hash, this.#position, changed, { changes: bytes, entries });
    return manifest.header;
  }

  /** For the next push: a state as often as the repository has one, for then changes have become many. */
  async #changed({ state }: Manifest): Promise<{ state: Run } | { changes: Run }> {
    return state ? { state: await this.#stateNow() } : { changes: this.#changes(0) };
  }

  /** Everything that a manifest names is stored and in the index before there is a manifest. */
  async #store(
    mayHaveState: boolean,
  ): Promise<{ parts: Pick<Manifest, 'changes' | 'state'>; bytes: number }> {
    const { repository, pipeline } = this.#options;
    const write = pipeline.storeMeta;
    const { changes, bytes } = await storeChanges(() => this.#changes(this.#written), repository.gear, write);
    const isDue = mayHaveState && this.#isStateDue(bytes);
    const state = isDue ? await this.#storeState(changes) : undefined;
    await pipeline.settle();
    await pipeline.writeIndex();
    return { parts: { ...(changes && { changes }), ...(state && { state }) }, bytes };
  }

  /** @param changes of this manifest, as they were stored */
  async #storeState(changes: Uint8Array | RunList | undefined): Promise<RunList> {
    const isAll = this.#written === 0 && !(await this.#hasPrevious());
    // With nothing before them, the state is the changes: to write it once more took a third of what is done after the last file.
    if (isAll && changes && !(changes instanceof Uint8Array)) return changes;
    const { repository, pipeline } = this.#options;
    return await writeRun(await this.#stateNow(), repository.gear, pipeline.storeMeta);
  }

  #manifest(header: SnapshotHeader, parts: Pick<Manifest, 'changes' | 'state'>): Manifest {
    const { base, since, next } = this.#position;
    return {
      header: { ...header, number: next },
      ...(base && { base }),
      ...parts,
      earlier: parts.state ? since.headers : [],
    };
  }

  #isStateDue(bytes: number): boolean {
    const { base, since, previousBytes } = this.#position;
    if (!base || since.pushes + 1 >= MOST_PUSHES) return true;
    return since.bytes + bytes >= Math.max(LEAST_BYTES, previousBytes * STATE_SHARE);
  }

  async #stateNow(): Promise<Run> {
    const changes = this.#changes(0);
    return (await this.#hasPrevious())
      ? overlay(await this.#options.line.kept.run(), changes, false)
      : changes;
  }

  /** Whether there was anything before this push: a first one follows the registration of its job. */
  async #hasPrevious(): Promise<boolean> {
    const { position, line } = this.#options;
    if (!position.base) return false;
    for await (const batch of await line.kept.run()) if (batch.length > 0) return true;
    return false;
  }

  #changes(first: number): Run {
    return raised(this.#options.journal.changes(first), this.#options.pipeline.storeMeta);
  }
}

function movedOn(position: LinePosition, manifest: Manifest, hash: Uint8Array, bytes: number): LinePosition {
  const { number } = manifest.header;
  const { pushes, bytes: before, headers } = position.since;
  return {
    ...position,
    next: number + 1,
    base: { number, hash },
    since: { pushes: pushes + 1, bytes: before + bytes, headers: [manifest.header, ...headers] },
  };
}
