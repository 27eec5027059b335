import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MEBIBYTE = 1024 ** 2;
const PIECE_MIB = 64;
/** Left alone, so that nothing is driven out of memory. */
const SPARE_MIB = 512;
const HOLD = `const held = []; for (let i = Number(process.argv[1]); i > 0; i--) held.push(Buffer.alloc(${PIECE_MIB * MEBIBYTE}, 1));`;

/**
 * Has so many bytes of memory ready for whoever asks next. A virtual machine may give free memory back to its host within seconds (free page
 * reporting), and who touches it next waits for it: 2.5 ms a MiB where this was measured, 5 s for files of 2 GiB that take 0.5 s to
 * write otherwise, and as much for one program as the one before it left to it.
 */
export function readyMemory(bytes: number): void {
  const pieces = Math.floor(Math.min(bytes / MEBIBYTE, freeMebibytes() - SPARE_MIB) / PIECE_MIB);
  if (pieces > 0) execFileSync(process.execPath, ['-e', HOLD, String(pieces)]);
}

/** In use for nothing, not even for files; 0 where the system does not say. */
function freeMebibytes(): number {
  try {
    return Number(/^MemFree:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
