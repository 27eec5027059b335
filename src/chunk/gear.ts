import { hkdfSync } from 'node:crypto';

/** The 256 random numbers of a domain's rolling hash (docs/format.md, section 6). */
export function gearTable(seed: Uint8Array): Uint32Array {
  const bytes = new DataView(hkdfSync('sha256', seed, new Uint8Array(0), 'bmcloud 1 gear', 1024));
  return Uint32Array.from({ length: 256 }, (_, i) => bytes.getUint32(i * 4, true));
}
