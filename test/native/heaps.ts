import { report } from 'node:process';
import { hasLook } from '../scan/variety.ts';

const { glibcVersionRuntime } = (report.getReport() as { header: { glibcVersionRuntime?: string } }).header;

/** Whether there is an addon, and a C library that minds what it says of heaps. */
export const hasGlibcAddon = hasLook && glibcVersionRuntime !== undefined;
if (!hasGlibcAddon)
  console.info('Left out: heaps of threads are those of the GNU C library, and of Linux on x64');

const HEAP_BYTES = 2n ** 26n;

/**
 * How many heaps threads have had, in a text of the form of /proc/PID/maps: the GNU C library reserves 64 MiB for each, at a multiple of
 * that, and makes the first part writable. The one that the process begins with is not among them.
 */
export function heapsIn(maps: string): number {
  const areas = [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) (....) /gm)].map(([, start, end, access]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
    access,
  }));
  return areas.filter(({ start, end, access }, at) => {
    const next = areas[at + 1];
    const isReserved = next?.access === '---p' && next.start === end && next.end === start + HEAP_BYTES;
    return start % HEAP_BYTES === 0n && access === 'rw-p' && isReserved;
  }).length;
}
