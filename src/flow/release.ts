/**
 * Gives back at once the memory that bytes lie in, with everything else that lies in it: who calls is the last to look at it. Left
 * to the garbage collector, which sees little of what is outside its heap, the blocks of a restore stayed so long that each 26 MiB
 * of them brought on a full collection.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  // What fills less than half may lie in the pool of all small Buffers. It is not worth it, either.
  if (buffer instanceof ArrayBuffer && byteLength * 2 > buffer.byteLength) buffer.transfer(0);
}
