import { realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { BmcloudError } from '../errors.ts';
import type { SnapshotHeader } from '../model/snapshot.ts';
import type { NativePath } from '../scan/disk.ts';
import { nameBytes } from '../scan/listing.ts';
import { displayNative, joinNative, nativeOf } from '../scan/native-path.ts';
import { isSystemError } from '../scan/problems.ts';
import { makeTop } from './folders.ts';
import { foldsNames, foldsNamesThere, usuallyFolds } from './folding.ts';
import type { Root, Target } from './target.ts';

/** Where a restore goes: below a directory, or to where everything was. */
export type Destination = { to: string } | { inPlace: true };

/**
 * Where each source of a snapshot goes. The content of an only source goes right into the directory, of several each into one of
 * its own; never the paths of another machine.
 * @throws `target` when a snapshot of another system is to be restored in place
 */
export function targetOf({ sources, platform }: SnapshotHeader, destination: Destination): Target {
  const windows = process.platform === 'win32';
  const roots = new Map<string, Root>();
  if ('inPlace' in destination) {
    if (windows !== (platform === 'windows')) throw otherSystem(platform);
    for (const { name, path, kind } of sources) {
      if (kind === 'tree') roots.set(name, { path: inPlace(path), below: false });
    }
  } else {
    const to = followed(destination.to);
    for (const { name } of sources) {
      const path = sources.length === 1 ? to : joinNative(to, name);
      roots.set(name, { path: nameBytes(path), below: sources.length === 1 });
    }
  }
  return { roots, windows, fromWindows: platform === 'windows', folds: usuallyFolds };
}

/** Makes the directory that everything goes below, and finds out what names are there. @throws `target`, `disk-full` */
export function prepareTarget(target: Target, destination: Destination): void {
  if ('to' in destination) makeTop(destination.to);
  target.folds = 'to' in destination ? foldsNames(destination.to) : foldsThere(target);
}

/** Whether names are one by the names that are there: nothing is changed. */
export function foldsThere({ roots }: Target): boolean {
  return [...roots.values()].some(({ path }) => foldsNamesThere(nativeOf(path)));
}

/** A source may be named by a link: the directory is what was saved. */
function inPlace(path: Uint8Array): Uint8Array {
  const place = nativeOf(path);
  if (isAbsolute(place.toString())) return nameBytes(followed(place));
  throw new BmcloudError('target', `${displayNative(place)} is not an absolute path`, {
    hint: 'Restore to a directory with --to',
  });
}

function followed(place: NativePath): NativePath {
  try {
    return typeof place === 'string' ? realpathSync(place) : nativeOf(realpathSync(place, 'buffer'));
  } catch (error) {
    if (isSystemError(error)) return place; // not there: it is made as it is named
    throw error;
  }
}

function otherSystem(platform: SnapshotHeader['platform']): BmcloudError {
  const system = platform === 'windows' ? 'Windows' : 'another system than Windows';
  return new BmcloudError('target', `The snapshot was made on ${system}: its paths mean nothing here`, {
    hint: 'Restore to a directory with --to',
  });
}
