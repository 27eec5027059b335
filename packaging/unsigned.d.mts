/** @returns the bytes of a 64-bit program of Windows, without its signature */
export function withoutSignature(program: Buffer): Buffer;
