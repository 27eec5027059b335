import type { BigIntStats } from 'node:fs';
import type { Timestamp } from '../model/wire.ts';

const BILLION = 1_000_000_000n;

/** Nanoseconds since 1970 as a timestamp, whose nanoseconds count upwards before 1970, too. */
export function stampOf(nanoseconds: bigint): Timestamp {
  const nanos = ((nanoseconds % BILLION) + BILLION) % BILLION;
  return { seconds: Number((nanoseconds - nanos) / BILLION), nanos: Number(nanos) };
}

/** Size and times of a file. */
export function statTimes(stats: BigIntStats): { size: number; mtime: Timestamp; ctime: Timestamp } {
  return { size: Number(stats.size), mtime: stampOf(stats.mtimeNs), ctime: stampOf(stats.ctimeNs) };
}
