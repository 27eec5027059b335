import { platform } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BmcloudError, messageOf } from '../errors.ts';
import { formatS3Location, parseS3Location, type S3Location } from './s3-location.ts';

export type { S3Location } from './s3-location.ts';

export interface DirectoryLocation {
  kind: 'directory';
  /** Absolute. */
  path: string;
}

/** Where a repository is. */
export type Location = S3Location | DirectoryLocation;

const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]+):/; // two letters at least: `C:` is a drive
const FORMS =
  'Use a directory, s3://BUCKET/PREFIX, or s3+https://HOST:PORT/BUCKET/PREFIX for S3-compatible storage';

/**
 * Reads `s3://bucket/prefix`, `s3+https://host:port/bucket/prefix`, `s3+http://…`, `file:///…`, or a path (relative to the
 * working directory). S3 locations take options: `?region=eu-central-1&profile=backup`.
 * @throws `usage`, never repeating credentials found in the text
 */
export function parseLocation(text: string): Location {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (text.trim() === '') throw unusable('The location of the repository is empty', FORMS);
  if (text.includes('\0')) throw unusable('The location of the repository contains a NUL character', FORMS);
  if (scheme === 's3' || scheme === 's3+https' || scheme === 's3+http') return parseS3Location(text, scheme);
  if (scheme === 'file') return { kind: 'directory', path: pathOfUrl(text) };
  if (scheme !== undefined && text.startsWith('//', scheme.length + 1)) throw unknownScheme(scheme);
  return { kind: 'directory', path: resolve(text) };
}

/** The text of a location: `parseLocation` reads it back. It holds no secret. */
export function formatLocation(location: Location): string {
  if (location.kind === 's3') return formatS3Location(location);
  // A relative-looking or scheme-like path cannot occur: paths are absolute.
  return isAbsolute(location.path) ? location.path : pathToFileURL(location.path).href;
}

/** A location as it is understood. @throws `usage` for one that is not, never repeating credentials found in it */
export function canonicalLocation(text: string): string {
  return formatLocation(parseLocation(text));
}

function pathOfUrl(text: string): string {
  try {
    const url = new URL(text);
    if (url.search || url.hash) throw new Error('a directory takes no options');
    if (url.host && platform() !== 'win32') throw new Error('write file:/// with three slashes');
    return fileURLToPath(url);
  } catch (error) {
    throw unusable(`The location is not a usable file URL: ${messageOf(error)}`, FORMS);
  }
}

function unknownScheme(scheme: string): BmcloudError {
  const hint =
    scheme === 'https' || scheme === 'http' ? `Write s3+${scheme}:// for S3-compatible storage` : FORMS;
  return unusable(`Locations that begin with "${scheme}://" are not supported`, hint);
}

function unusable(message: string, hint: string): BmcloudError {
  return new BmcloudError('usage', message, { hint });
}
