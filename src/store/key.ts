import { BmcloudError } from '../errors.ts';

const KEY = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
const DOTS = /(^|\/)\.{1,2}(\/|$)/;
/** S3 allows 1,024 bytes, prefix included. */
const MAX_LENGTH = 512;

/** Where a directory store keeps files that are being written; no key lies below it, in any store. */
export const TEMPORARY = 'tmp';

/**
 * True for what can be a key: components of `A-Z a-z 0-9 . _ -` joined by `/`, none of them `.` or `..`, the first not `tmp`.
 * So a key can never lead out of a directory, and means the same on every system.
 */
export function isKey(text: string): boolean {
  if (text.length > MAX_LENGTH || !KEY.test(text) || DOTS.test(text)) return false;
  return text !== TEMPORARY && !text.startsWith(`${TEMPORARY}/`);
}

/** @throws `usage` for what cannot be a key. */
export function checkKey(key: string): void {
  if (!isKey(key)) throw notAKey(key);
}

/** The start of a key, perhaps empty, perhaps ending in `/`. @throws `usage` */
export function checkPrefix(prefix: string): void {
  if (prefix !== '' && !isKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix)) throw notAKey(prefix);
}

/** @throws `usage` unless the prefix is empty or ends in `/`. */
export function checkFolder(prefix: string): void {
  checkPrefix(prefix);
  if (prefix !== '' && !prefix.endsWith('/')) throw notAKey(prefix);
}

function notAKey(text: string): BmcloudError {
  return new BmcloudError('usage', `${JSON.stringify(text.slice(0, 80))} cannot be a key of a repository`);
}

/** The error for an object that is not there. */
export function notFound(key: string, store: string, cause?: unknown): BmcloudError {
  return new BmcloudError('not-found', `${key} is not in ${store}`, { data: { key }, cause });
}

/** The error for an object that has fewer bytes than its readers know it must have. */
export function cutShort(key: string, store: string): BmcloudError {
  return new BmcloudError('damaged', `${key} in ${store} is cut short`, {
    hint: 'Run "bmcloud verify" to see what is affected',
    data: { key },
  });
}
