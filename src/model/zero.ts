/** Whether all bytes are zero; of none it is false. Bytes that equal themselves shifted by one are all the same. */
export function isZero(bytes: Uint8Array): boolean {
  const last = bytes.length - 1;
  return (
    bytes[0] === 0 && bytes[last] === 0 && Buffer.compare(bytes.subarray(0, last), bytes.subarray(1)) === 0
  );
}
