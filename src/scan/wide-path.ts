import { toNamespacedPath } from 'node:path';
import type { NativePath } from './disk.ts';

/*
 * Paths as Windows' own functions take them.
 */

const LONG = '\\\\?\\';

/** A path for the addon: absolute, and of any length. */
export function widePath(path: NativePath): string {
  const text = typeof path === 'string' ? path : textOfWtf8(path);
  // What has the prefix is left alone: the root of a shadow copy needs its last separator.
  return text.startsWith(LONG) ? text : toNamespacedPath(text);
}

/** The path of a named stream, for `node:fs`. */
export function streamPath(file: NativePath, name: string): NativePath {
  return typeof file === 'string' ? `${file}:${name}` : Buffer.concat([file, Buffer.from(`:${name}`)]);
}

const SURROGATE = /(?:\xed[\xa0-\xbf][\x80-\xbf])+/g;

/** WTF-8 as text, in which lone surrogates stand as they are. */
function textOfWtf8(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes).toString('latin1');
  let text = '';
  let end = 0;
  for (const { 0: surrogates, index } of latin1.matchAll(SURROGATE)) {
    text += Buffer.from(latin1.slice(end, index), 'latin1').toString();
    for (let at = 0; at < surrogates.length; at += 3) text += String.fromCharCode(unitAt(surrogates, at));
    end = index + surrogates.length;
  }
  return text + Buffer.from(latin1.slice(end), 'latin1').toString();
}

function unitAt(latin1: string, at: number): number {
  return 0xd000 | ((latin1.charCodeAt(at + 1) & 0x3f) << 6) | (latin1.charCodeAt(at + 2) & 0x3f);
}
