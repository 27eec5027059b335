import { damaged } from './wire.ts';

/*
 * Paths in manifests: components joined by `/`, as bytes; the first component is the source's name (docs/format.md, section 7).
 */

const SLASH = 0x2f;
const MAX_COMPONENT_BYTES = 1024;
const MAX_PATH_BYTES = 65_535;

/**
 * Orders paths component by component as bytes, a path before the paths below it.
 * @returns negative, zero or positive, as `Array.prototype.sort` wants it.
 */
export function comparePaths(a: Uint8Array, b: Uint8Array): number {
  return comparePathsAt(a, 0, a.length, b, 0, b.length);
}

/** The same of paths that lie within other bytes: of each entry in every push, views of them cost more than to compare them. */
export function comparePathsAt(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = aEnd - aStart;
  const otherLength = bEnd - bStart;
  const shared = Math.min(length, otherLength);
  for (let i = 0; i < shared; i++) {
    const x = a[aStart + i] as number;
    const y = b[bStart + i] as number;
    if (x !== y) return (x === SLASH ? 0 : x) - (y === SLASH ? 0 : y);
  }
  return length - otherLength;
}

/** True if `path` is `ancestor` or lies below it. */
export function isWithin(path: Uint8Array, ancestor: Uint8Array): boolean {
  if (path.length < ancestor.length) return false;
  for (let i = ancestor.length - 1; i >= 0; i--) if (path[i] !== ancestor[i]) return false;
  return path.length === ancestor.length || path[ancestor.length] === SLASH;
}

/** `directory/name`. @param length of the name, where more follows it in `name` */
export function joinPath(directory: Uint8Array, name: Uint8Array, length = name.length): Uint8Array {
  const start = directory.length + 1;
  const joined = new Uint8Array(start + length);
  joined.set(directory);
  joined[directory.length] = SLASH;
  for (let i = 0; i < length; i++) joined[start + i] = name[i] as number;
  return joined;
}

/** The components of a path, as views. */
export function splitPath(path: Uint8Array): Uint8Array[] {
  const components: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i <= path.length; i++) {
    if (i !== path.length && path[i] !== SLASH) continue;
    components.push(path.subarray(start, i));
    start = i + 1;
  }
  return components;
}

/** Checks a path that comes from a store. @throws `damaged` for anything the format forbids. */
export function checkPath(path: Uint8Array, what: string): void {
  if (path.length === 0 || path.length > MAX_PATH_BYTES) throw damaged(what, 'a path is empty or too long');
  let start = 0;
  for (let i = 0; i <= path.length; i++) {
    const byte = path[i];
    if (byte === 0) throw damaged(what, 'a path contains NUL');
    if (i !== path.length && byte !== SLASH) continue;
    checkComponent(path, start, i, what);
    start = i + 1;
  }
}

function checkComponent(path: Uint8Array, start: number, end: number, what: string): void {
  const length = end - start;
  const dots = path[start] === 0x2e && (length === 1 || (length === 2 && path[start + 1] === 0x2e));
  if (length === 0 || length > MAX_COMPONENT_BYTES || dots) {
    throw damaged(what, `the path ${displayPath(path)} has a component that cannot be`);
  }
}

const utf8 = new TextEncoder();
const utf8Strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * For people: UTF-8 as it is, other bytes and control characters as `\xNN` for each byte, and so is a backslash that would read as
 * the start of one. Distinct paths look distinct.
 */
export function displayPath(path: Uint8Array): string {
  let text: string;
  try {
    text = utf8Strict.decode(path);
  } catch {
    return escapeInvalid(path);
  }
  // Control characters could steer the terminal that shows them.
  return text.replace(/\p{Cc}|\\(?=x[0-9a-f]{2})/gu, (c) => escapeBytes(utf8.encode(c)));
}

function escapeInvalid(path: Uint8Array): string {
  const text = Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString('latin1');
  return text.replace(/[^ -~]|\\(?=x[0-9a-f]{2})/g, (c) => hexEscape(c.charCodeAt(0)));
}

function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, hexEscape).join('');
}

function hexEscape(value: number): string {
  return `\\x${value.toString(16).padStart(2, '0')}`;
}
