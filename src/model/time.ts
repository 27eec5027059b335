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
