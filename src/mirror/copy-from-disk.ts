import { type BigIntStats, rmSync } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { systemCodeOf } from '../errors.ts';
import { failureOf, type ReadFailure } from '../read/failure.ts';
import { type RetryPolicy, retry } from '../read/retry.ts';
import type { NativePath } from '../scan/disk.ts';
import { DraftFile, PIECE } from './draft-file.ts';
import type { Copied } from './source.ts';
import { stampOf, statTimes } from './stat-times.ts';

/*
 * A file is opened so that others may go on with it (see src/read/shared.ts), and read again while somebody holds it.
 */

/** Never through a link that took its place, nor waiting for a pipe. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A file that changes again and again is taken as it is after so many attempts; the next run finds it changed. */
const MOST_ATTEMPTS = 3;

/** Copies a file that others may hold. Throws what concerns the draft only. */
export async function copyFromDisk(
  native: NativePath,
  draft: NativePath,
  policy: RetryPolicy,
): Promise<Copied> {
  const attempt = () => copyWhole(native, draft);
  return await retry<Copied>(await attempt(), attempt, policy);
}

async function copyWhole(native: NativePath, draft: NativePath): Promise<Copied> {
  for (let attempt = 1; ; attempt++) {
    const copied = await copyOnce(native, draft);
    if (copied !== 'changed') return copied;
    if (attempt === MOST_ATTEMPTS) return (await copyOnce(native, draft, true)) as Copied;
  }
}

async function copyOnce(native: NativePath, draft: NativePath, asItIs = false): Promise<Copied | 'changed'> {
  const source = await reading(() => open(native, FLAGS));
  if (isFailure(source)) return ['ENOENT', 'ENOTDIR'].includes(source.code) ? { kind: 'gone' } : source;
  try {
    const before = await reading(() => source.stat({ bigint: true }));
    if (isFailure(before)) return before;
    if (!before.isFile()) return { kind: 'gone' }; // something else took its place: the next run sees what
    const length = await copyBytes(source, draft, before);
    if (typeof length !== 'number') return length;
    const after = await reading(() => source.stat({ bigint: true }));
    if (isFailure(after)) return after;
    if (!asItIs && (isOther(before, after) || length !== Number(before.size))) return 'changed';
    return { kind: 'copied', ...versionOf(before), size: length };
  } finally {
    await source.close();
  }
}

async function copyBytes(
  source: FileHandle,
  draft: NativePath,
  stats: BigIntStats,
): Promise<number | ReadFailure> {
  rmSync(draft, { force: true });
  const out = await DraftFile.create(draft);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(4096, Number(stats.size))));
    for (;;) {
      const read = await reading(() => source.read(buffer, 0, buffer.length, out.length));
      if (isFailure(read)) return read;
      if (read.bytesRead === 0) break;
      await out.write(buffer.subarray(0, read.bytesRead));
    }
    await out.finish({ mode: Number(stats.mode), mtime: stampOf(stats.mtimeNs) });
    return out.length;
  } finally {
    await out.close();
  }
}

/** Guards what concerns the source, and nothing else. */
async function reading<T extends object>(act: () => Promise<T>): Promise<T | ReadFailure> {
  try {
    return await act();
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
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
  return {
    ...statTimes(stats),
    mode: Number(stats.mode) & 0o7777,
    recent: now - youngest < RECENT,
  };
}
