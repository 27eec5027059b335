/*
 * Places in a program of Windows (PE32+), from the Microsoft documentation of the format; all numbers are little-endian.
 */
const HEADER_AT = 0x3c;
const OPTIONAL_HEADER = 24;
const PE32_PLUS = 0x20b;
const CHECKSUM = 64;
/** The fifth data directory: where the signature is in the file, and how long. */
const SIGNATURE = 112 + 4 * 8;

/**
 * A signature holds for the bytes that were signed: one that is left on a changed program is worse than none, and in the way of
 * whoever signs it anew.
 * @param program a 64-bit program of Windows
 * @returns its bytes without the signature, which is at their end; the same bytes, if there is none
 * @throws if it is none, or something follows the signature
 */
export function withoutSignature(program) {
  const optional = program.readUInt32LE(HEADER_AT) + OPTIONAL_HEADER;
  if (program.readUInt16LE(optional) !== PE32_PLUS) throw new Error('This is no 64-bit program of Windows');
  const begin = program.readUInt32LE(optional + SIGNATURE);
  const length = program.readUInt32LE(optional + SIGNATURE + 4);
  if (begin === 0) return program;
  if (begin + length !== program.length) throw new Error('The signature is not at the end of the program');
  const unsigned = Buffer.from(program.subarray(0, begin));
  unsigned.fill(0, optional + SIGNATURE, optional + SIGNATURE + 8);
  unsigned.fill(0, optional + CHECKSUM, optional + CHECKSUM + 4);
  return unsigned;
}
