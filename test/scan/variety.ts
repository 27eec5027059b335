import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import type { Name } from '../../src/scan/listing.ts';
import { joinNative } from '../../src/scan/native-path.ts';
import { temporaryDirectory } from './scanned.ts';

/** Whether the addon that looks at many files at once must be there. */
export const hasLook = platform() === 'linux' && arch() === 'x64';
if (!hasLook) console.log('Left out: only Linux on x64 has an addon that looks at many files at once');

/** A directory with one of everything. */
export function variety(): string {
  const top = temporaryDirectory();
  const at = (name: Name) => joinNative(top, name);
  mkdirSync(at('directory'));
  writeFileSync(at('file'), 'five!');
  writeFileSync(at('empty'), '', { mode: 0o4711 });
  linkSync(at('file'), at('hard link'));
  symlinkSync('file', at('link'));
  symlinkSync('nowhere', at('dangling'));
  writeFileSync(at('über 日本 😀'), 'x');
  writeFileSync(at(Buffer.from([0x66, 0xff, 0xfe])), 'not UTF-8');
  writeFileSync(at('old'), '');
  utimesSync(at('old'), '-1.25', '-1000000000.75');
  writeFileSync(at('far'), '');
  utimesSync(at('far'), 4_000_000_000, 4_000_000_000.5);
  execFileSync('mkfifo', [join(top, 'fifo')]);
  execFileSync('truncate', ['--size', '9T', join(top, 'large')]);
  return top;
}
