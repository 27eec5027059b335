import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Damage, damageIn } from './check.ts';
import { type PackedFile, type PackedProgram, sha256Of } from './program.ts';
import { StartError } from './start-error.ts';

/**
 * Undoes the damage, and looks again.
 * @param scratch an empty directory of ours on the same file system
 * @throws StartError if a file cannot be replaced, or the executable itself is damaged
 */
export function mend(directory: string, program: PackedProgram, damage: Damage, scratch: string): void {
  for (const path of damage.strangers) rmSync(path, { recursive: true, force: true });
  if (damage.wrong.length > 0) write(directory, program, new Set(damage.wrong), scratch);
  const { strangers, wrong } = damageIn(directory, program);
  const still = strangers[0] ?? wrong[0]?.path;
  if (still)
    throw new StartError(`${path.resolve(directory, still)} was changed by another program just now`);
}

function write(
  directory: string,
  program: PackedProgram,
  wanted: ReadonlySet<PackedFile>,
  scratch: string,
): void {
  const bytes = program.bytes();
  let end = 0;
  for (const file of program.files) {
    const begin = end;
    end += file.size;
    if (!wanted.has(file)) continue;
    const own = bytes.subarray(begin, end);
    if (sha256Of(own) !== file.sha256)
      throw new StartError(`${process.execPath} is damaged`, 'Fetch it again.');
    put(path.join(directory, file.path), own, scratch);
  }
}

/** Another process may run from there, or mend the same: the file is exchanged at once. */
function put(target: string, bytes: Uint8Array, scratch: string): void {
  const next = path.join(scratch, 'next');
  try {
    mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(next, bytes, { mode: 0o600 });
    renameSync(next, target);
  } catch (error) {
    throw new StartError(
      `${target} cannot be written: ${(error as Error).message}`,
      'End other bmcloud programs, and look for room on the disk.',
      error,
    );
  }
}
