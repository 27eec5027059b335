import type { Timestamp } from '../model/wire.ts';

/*
 * Times are compared in nanoseconds. Copies have them as precisely as their file system can say them.
 */

/** node's times are doubles: copies are off by less than this. */
export const FINE = 2_000;
/** FAT has seconds by two, and other programs cut off what is below the second. */
export const COARSE = 2_000_000_000;

/** The last second, before and after 1970, that a date can say. */
const LAST_SECOND = 8_640_000_000_000;

/** A time as text, to the nanosecond, in UTC. */
export function timeText({ seconds, nanos }: Timestamp): string {
  const date = new Date(Math.max(-LAST_SECOND, Math.min(LAST_SECOND, seconds)) * 1000);
  return `${date.toISOString().slice(0, -5)}.${String(nanos).padStart(9, '0')}Z`;
}

const TEXT = /^(.+)\.(\d{9})Z$/;

/** @returns undefined for what is no such text */
export function parseTime(text: unknown): Timestamp | undefined {
  const found = typeof text === 'string' ? TEXT.exec(text) : null;
  const seconds = found ? Date.parse(`${found[1]}Z`) / 1000 : Number.NaN;
  return Number.isInteger(seconds) ? { seconds, nanos: Number(found?.[2]) } : undefined;
}

/** How far two times are from one another, in nanoseconds (precise where that is little). */
export function distance(a: Timestamp, b: Timestamp): number {
  return Math.abs((a.seconds - b.seconds) * 1e9 + (a.nanos - b.nanos));
}
