/** How a name is known where names that differ in case, or composition, are one, or where they are not. */
export function nameKey(name: Uint8Array, folds: boolean): string {
  const bytes = Buffer.from(name.buffer, name.byteOffset, name.byteLength);
  return folds ? bytes.toString().normalize('NFC').toLowerCase() : bytes.toString('latin1');
}
