import type { BigIntStats } from 'node:fs';
import { stampOf } from '../model/time.ts';
import type { Timestamp } from '../model/wire.ts';

/** Size and times of a file. */
export function statTimes(stats: BigIntStats): { size: number; mtime: Timestamp; ctime: Timestamp } {
  return { size: Number(stats.size), mtime: stampOf(stats.mtimeNs), ctime: stampOf(stats.ctimeNs) };
}
