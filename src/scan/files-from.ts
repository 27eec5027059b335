import { BmcloudError } from '../errors.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const UTF8_MARK = [0xef, 0xbb, 0xbf];

/**
 * The paths in a list: a line each, or, with `zeroSeparated`, exactly the bytes between NULs. Empty ones are left out; so is
 * what Windows editors add (a byte order mark, the return before a newline).
 * @throws `usage` for UTF-16, as some shells write it, and for a NUL in a line: no path has one
 */
export function readFilesFrom(text: Uint8Array, zeroSeparated: boolean): Uint8Array[] {
  if (zeroSeparated) return piecesOf(text, 0);
  if ((text[0] === 0xff && text[1] === 0xfe) || (text[0] === 0xfe && text[1] === 0xff)) {
    throw new BmcloudError('usage', 'The list of files is UTF-16', { hint: 'Save it as UTF-8' });
  }
  if (text.includes(0)) {
    throw new BmcloudError('usage', 'The list of files holds a zero byte, which no path does', {
      hint: 'Use --null if zero bytes end the paths, as those of "find -print0"; save any other list as UTF-8',
    });
  }
  const marked = UTF8_MARK.every((byte, i) => text[i] === byte);
  return piecesOf(marked ? text.subarray(UTF8_MARK.length) : text, NEWLINE)
    .map((line) => (line.at(-1) === RETURN ? line.subarray(0, -1) : line))
    .filter((line) => line.length > 0);
}

function piecesOf(text: Uint8Array, separator: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf(separator, start);
    const end = found === -1 ? text.length : found;
    if (end > start) pieces.push(text.subarray(start, end));
    start = end + 1;
  }
  return pieces;
}
