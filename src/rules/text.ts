/** Valid UTF-8, character by character, in a text of one character a byte; the group is a byte that is none. */
const CHARACTER =
  /[\0-\x7f]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g;

/**
 * Bytes as text that patterns can be matched with: a byte that is not UTF-8 becomes one lone surrogate (U+DC80 to U+DCFF), which no
 * valid text holds, so that distinct names stay distinct and `?` stands for such a byte, too.
 */
export function textOf(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return latin1.replace(CHARACTER, (piece, invalid: string | undefined) =>
    invalid === undefined
      ? Buffer.from(piece, 'latin1').toString()
      : String.fromCharCode(0xdc00 + invalid.charCodeAt(0)),
  );
}
