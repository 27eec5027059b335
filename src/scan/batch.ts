import { type Content, encodeContent, encodeStat, noContent, type Stat, writeEntry } from '../model/entry.ts';
import { Writer } from '../model/wire.ts';
import type { Rules } from '../rules/rules.ts';
import type { DefaultExcludes } from './default-excludes.ts';

/** What to scan, and what to leave out. Plain data: it travels to a worker thread as it is. */
export interface ScanOptions {
  sources: ScanSource[];
  /** Directories on another device than their source are kept, but not entered. */
  oneFileSystem: boolean;
  /** Of a directory with a valid CACHEDIR.TAG only itself and the tag are kept. */
  excludeCaches: boolean;
  /** The program's own directories: never part of a source, wherever they lie. */
  excludedIdentities: FileIdentity[];
  /** What is in the job. Default: everything. */
  rules?: Rules;
  /** What every push leaves out. Default: nothing. */
  defaultExcludes?: DefaultExcludes;
  /** Files of a cloud folder that are not on this computer: left alone, or read, which fetches them. Default: `skip`. */
  cloudFiles?: CloudFiles;
  /** A batch is handed over once its run has this many bytes. Default: 192 KiB. */
  batchBytes?: number;
}

/** Files whose data are in a cloud only: they are left as they were, or downloaded to be read. */
export type CloudFiles = 'skip' | 'read';

/** A root to walk. A symbolic link given as a root is followed; links below it are kept as links. */
export interface ScanSource {
  /** The first component of its entries' paths; unique. */
  name: string;
  /** Absolute native path as bytes (on Windows UTF-8). */
  path: Uint8Array;
}

/** What a file is, under whatever name, as `fs.Stats` with `bigint` has it. */
export interface FileIdentity {
  device: bigint;
  inode: bigint;
}

/**
 * - `unreadable-directory`: its own entry is there, what lies below is unknown.
 * - `vanished`: the same, for a directory that went away (or was unmounted) while it was walked: the rest below is unknown.
 * - `unreadable-entry`: there is something at the path, but nothing is known of it or below it.
 * - `source-missing`: a source is not there at all.
 */
export type ScanProblemKind = 'unreadable-directory' | 'vanished' | 'unreadable-entry' | 'source-missing';

export interface ScanProblem {
  kind: ScanProblemKind;
  /** Path as in manifests. */
  path: Uint8Array;
  /** Native path, for people. */
  native: string;
  /** The system's error code, such as `EACCES`. */
  code: string;
  message: string;
}

/**
 * A piece of the sorted stream. Problems and cloud files come no later than the first entry behind their path, so a consumer
 * that takes these in before a batch's run never meets a gap unexplained.
 */
export interface ScanBatch {
  /** Encoded entries one after the other: path, stat, and of content only whether history is kept. Owns its buffer. */
  run: Uint8Array;
  problems: ScanProblem[];
  /** Names left out by a rule. What lies below them is never looked at and not counted. */
  excluded: number;
  /** Names left out by the default excludes. */
  byDefault: number;
  /** Directories of the program's own that were left out. */
  own: number;
  /** Paths of files and directories whose data are in a cloud only: they are there, but nothing more is known. */
  cloud: Uint8Array[];
}

const DEFAULT_BATCH_BYTES = 192 * 1024;
const MAX_UNSEEN = 1000;
const NO_CONTENT = new Uint8Array(0);
const UNTRACKED = encodedContent({ ...noContent, tracked: false });

/** Collects entries and problems until there is enough for a batch. */
export class BatchBuilder {
  excluded = 0;
  byDefault = 0;
  own = 0;
  readonly #limit: number;
  readonly #run: Writer;
  readonly #stat = new Writer(256);
  #problems: ScanProblem[] = [];
  #cloud: Uint8Array[] = [];

  constructor(limit = DEFAULT_BATCH_BYTES) {
    this.#limit = limit;
    this.#run = new Writer(limit + 4096);
  }

  get full(): boolean {
    return this.#run.length >= this.#limit || this.#problems.length + this.#cloud.length >= MAX_UNSEEN;
  }

  get empty(): boolean {
    const unseen = this.#problems.length + this.#cloud.length;
    return this.#run.length + unseen + this.excluded + this.byDefault + this.own === 0;
  }

  /** @param isTracked its history is kept */
  add(path: Uint8Array, stat: Stat, isTracked = true): void {
    this.#stat.length = 0;
    encodeStat(this.#stat, stat);
    writeEntry(this.#run, path, this.#stat.bytes(), isTracked ? NO_CONTENT : UNTRACKED);
  }

  report(problem: ScanProblem): void {
    this.#problems.push(problem);
  }

  leaveInCloud(path: Uint8Array): void {
    this.#cloud.push(path);
  }

  /** What was collected; the builder starts again. */
  take(): ScanBatch {
    const { excluded, byDefault, own } = this;
    const unseen = { problems: this.#problems, cloud: this.#cloud };
    const batch = { run: this.#run.take(), ...unseen, excluded, byDefault, own };
    this.#problems = [];
    this.#cloud = [];
    this.excluded = 0;
    this.byDefault = 0;
    this.own = 0;
    return batch;
  }
}

function encodedContent(content: Content): Uint8Array {
  const writer = new Writer(16);
  encodeContent(writer, content);
  return writer.take();
}
