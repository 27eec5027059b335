import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { saysAbsent, systemCodeOf } from '../errors.ts';
import { stampOf, timeForNode } from '../model/time.ts';
import { isZero } from '../model/zero.ts';
import { failureOf, type ReadFailure } from '../read/failure.ts';
import { openShared, type SourceFile } from '../read/shared.ts';
import type { NativePath } from '../scan/disk.ts';
import { mirrorMode } from './judge.ts';
import type { Copied } from './source.ts';
import { statTimes } from './stat-times.ts';

/*
 * A file is opened so that others may go on with it (src/read/shared.ts). Synchronous: a thread does nothing else meanwhile, and a
 * promise costs more than a small file.
 */

/** A file that changes again and again is taken as it is, and told, after so many attempts; the next run finds it changed. */
const MOST_ATTEMPTS = 3;

/** Bytes that are written at once. */
const PIECE = 1024 * 1024;

const buffer = Buffer.allocUnsafeSlow(PIECE);

/**
 * Copies a file to a new one, with its time and mode. Throws what concerns the new one only.
 * @param durable the new one is not lost when the power is
 */
export function copyFile(native: NativePath, draft: NativePath, durable: boolean): Copied {
  for (let attempt = 1; ; attempt++) {
    const copied = copyOnce(native, draft, { asItIs: attempt === MOST_ATTEMPTS, durable });
    if (copied !== 'changed') return copied;
  }
}

interface How {
  /** It is taken although it changes. */
  asItIs: boolean;
  durable: boolean;
}

function copyOnce(native: NativePath, draft: NativePath, { asItIs, durable }: How): Copied | 'changed' {
  const source = reading(() => openShared(native, PIECE));
  if (isFailure(source)) return saysAbsent(source.code) ? { kind: 'gone' } : source;
  try {
    const before = reading(() => source.stats());
    if (isFailure(before)) return before;
    if (!before.isFile()) return { kind: 'gone' }; // something else took its place: the next run sees what
    const length = copyBytes(source, draft, before, durable);
    if (typeof length !== 'number') return length;
    const after = reading(() => source.stats());
    if (isFailure(after)) return after;
    const torn = isOther(before, after) || length !== Number(before.size);
    if (torn && !asItIs) return 'changed';
    return { kind: 'copied', ...versionOf(before), size: length, ...(torn && { torn }) };
  } finally {
    source.close();
  }
}

/** @returns how many there were */
function copyBytes(
  source: SourceFile,
  draft: NativePath,
  stats: BigIntStats,
  durable: boolean,
): number | ReadFailure {
  const descriptor = create(draft);
  try {
    let length = 0;
    for (;;) {
      const got = reading(() => ({ bytes: source.read(buffer, length) }));
      if (isFailure(got)) return got;
      write(descriptor, buffer.subarray(0, got.bytes), length);
      length += got.bytes;
      // One that fills less is the last: most files are read in one.
      if (got.bytes < PIECE) break;
    }
    const time = timeForNode(stampOf(stats.mtimeNs));
    fchmodSync(descriptor, mirrorMode({ type: 'file', mode: Number(stats.mode) }));
    ftruncateSync(descriptor, length);
    futimesSync(descriptor, time, time);
    if (durable) fsyncSync(descriptor);
    return length;
  } finally {
    closeSync(descriptor);
  }
}

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** A new file, which nobody else may read before it has its mode. */
function create(draft: NativePath): number {
  try {
    return openSync(draft, NEW, 0o600);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    rmSync(draft); // of the attempt before, or of a run that was broken off
    return openSync(draft, NEW, 0o600);
  }
}

/** What is nothing but zeros becomes a hole. */
function write(descriptor: number, bytes: Buffer, position: number): void {
  if (isZero(bytes)) return;
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
}

/** Guards what concerns the source, and nothing else. */
function reading<T extends object>(act: () => T): T | ReadFailure {
  try {
    return act();
  } catch (error) {
    return failureOf(error);
  }
}

function isFailure(result: object): result is ReadFailure {
  return 'kind' in result && result.kind === 'failed';
}

function isOther(before: BigIntStats, after: BigIntStats): boolean {
  return before.size !== after.size || before.mtimeNs !== after.mtimeNs || before.ctimeNs !== after.ctimeNs;
}

/** Clocks of file systems tick every few milliseconds, some every two seconds. */
const RECENT = 2_000_000_000n;

function versionOf(stats: BigIntStats) {
  const now = BigInt(Date.now()) * 1_000_000n;
  const youngest = stats.mtimeNs > stats.ctimeNs ? stats.mtimeNs : stats.ctimeNs;
  return { ...statTimes(stats), mode: Number(stats.mode) & 0o7777, recent: now - youngest < RECENT };
}
