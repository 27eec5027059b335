import { getSystemErrorMessage } from 'node:util';
import { messageOf, systemCodeOf } from '../errors.ts';

/** What could not be read, as the system says it. */
export interface ReadFailure {
  kind: 'failed';
  /** Such as `EBUSY`. */
  code: string;
  message: string;
  /** Attempts so far; absent: one. */
  attempts?: number;
}

/** What the system says of a source. @throws what is not of the system: a bug must not look like an unreadable file */
export function failureOf(error: unknown): ReadFailure {
  const code = systemCodeOf(error);
  if (code === undefined) throw error;
  const { errno } = error as { errno?: number };
  const message = errno === undefined ? messageOf(error) : getSystemErrorMessage(errno);
  return { kind: 'failed', code, message };
}
