import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { directoryOf } from './download/folders.ts';
import { BmcloudError } from './errors.ts';
import { type KernelLock, tryLock } from './repository/kernel-lock.ts';
import type { NativePath } from './scan/disk.ts';
import { nameBytes } from './scan/listing.ts';
import { displayNative, joinNative, nativeOf } from './scan/native-path.ts';
import { isSystemError } from './scan/problems.ts';

/*
 * Files are written under names that depend on their places alone, so that a run that was broken off is gone on with. Of two runs at once
 * the second would go on with what the first is writing: a place is written to by one.
 */

/**
 * Acts while nobody else writes to these places.
 * @param places absolute; each a directory that everything goes below, or a file. They need not be there
 * @throws `busy`, and what `act` throws
 */
export async function alone<T>(places: NativePath[], act: () => Promise<T>): Promise<T> {
  const held: KernelLock[] = [];
  try {
    for (const [name, place] of new Map(places.map((one) => [lockOf(one), one]))) {
      const lock = await tryLock(name);
      if (!lock) throw busy(place);
      held.push(lock);
    }
    return await act();
  } finally {
    for (const lock of held) await lock.release();
  }
}

function busy(place: NativePath): BmcloudError {
  return new BmcloudError('busy', `Another run of bmcloud is writing to ${displayNative(place)}`, {
    hint: 'Wait until it is done, or stop it',
  });
}

/** Linux makes no file of it; elsewhere it must not lie in what is being restored. */
function lockOf(place: NativePath): string {
  const name = createHash('sha256')
    .update(nameBytes(realPlace(place)))
    .digest('hex')
    .slice(0, 32);
  return join(process.platform === 'linux' ? '/' : tmpdir(), `bmcloud-${name}.lock`);
}

/** One name for a place whatever way leads there, before it is made and after. */
function realPlace(place: NativePath): NativePath {
  try {
    return typeof place === 'string' ? realpathSync(place) : nativeOf(realpathSync(place, 'buffer'));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const above = directoryOf(place);
    return nameBytes(above).equals(nameBytes(place)) ? place : joinNative(realPlace(above), nameOf(place));
  }
}

function nameOf(place: NativePath): NativePath {
  if (typeof place === 'string') return basename(place);
  return nativeOf(Buffer.from(basename(nameBytes(place).toString('latin1')), 'latin1'));
}
