import type { Timestamp } from './wire.ts';

/** A date as a timestamp, to the millisecond. */
export function nowStamp(date: Date): Timestamp {
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}

/** A timestamp as a date: nanoseconds below the millisecond are lost. */
export function toDate({ seconds, nanos }: Timestamp): Date {
  return new Date(seconds * 1000 + Math.floor(nanos / 1_000_000));
}

/** To the nanosecond. */
export function sameTime(a: Timestamp, b: Timestamp): boolean {
  return a.seconds === b.seconds && a.nanos === b.nanos;
}

const BILLION = 1_000_000_000n;

/** Nanoseconds since 1970 as a timestamp. */
export function stampOf(nanoseconds: bigint): Timestamp {
  const nanos = Number(nanoseconds % BILLION);
  const seconds = Number(nanoseconds / BILLION);
  // Division rounds towards zero, but times before 1970 count their nanoseconds upwards, too.
  return nanos < 0 ? { seconds: seconds - 1, nanos: nanos + 1e9 } : { seconds, nanos };
}

/** A timestamp as nanoseconds since 1970. */
export function nanosecondsOf({ seconds, nanos }: Timestamp): bigint {
  return BigInt(seconds) * BILLION + BigInt(nanos);
}

/**
 * A time as Node's calls that set times take it: seconds as a double, or as text before 1970, since a negative number means "now" to
 * them. A double has a time of today to a quarter of a microsecond, and Node before 24 cuts off what is below the microsecond: one
 * that lay below the microsecond that is meant would lose it.
 */
export function timeForNode({ seconds, nanos }: Timestamp): number | string {
  const time = seconds + nanos / 1e9;
  const isBelow = (time - seconds) * 1e6 < Math.floor(nanos / 1000);
  const set = isBelow ? time + Math.abs(time) * HALF_STEP : time;
  return set < 0 ? String(set) : set;
}

/** Of the distance to the next double, at least a half, which rounds to a whole one. */
const HALF_STEP = Number.EPSILON / 2;
