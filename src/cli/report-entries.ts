import type { DiffInfo, EntryInfo, SnapshotInfo, Version } from '../index.ts';
import { formatBytes, formatMinute, formatMode } from './format.ts';
import type { Style } from './style.ts';
import { padEnd, padStart } from './text-width.ts';

/** A line of `ls --long`: mode, owner, size, time, path. */
export function entryLine(entry: EntryInfo): string {
  const owner = `${entry.user ?? entry.uid}:${entry.group ?? entry.gid}`;
  const size = entry.type === 'file' ? formatBytes(entry.size) : '-';
  const target = entry.target === undefined ? '' : ` -> ${entry.target}`;
  return [
    formatMode(entry.type, entry.mode),
    padEnd(owner, 13),
    padStart(size, 9),
    formatMinute(entry.mtime),
    entry.path + (entry.type === 'directory' ? '/' : '') + target,
  ].join('  ');
}

const changeLetters = { new: '+', changed: '~', deleted: '-' } as const;

/** A line of `diff` and `status`: `+`, `~` or `-`, the path, and what changed. */
export function differenceLine(difference: DiffInfo, style: Style): string {
  const letter = changeLetters[difference.change];
  const colour = { '+': style.green, '~': style.yellow, '-': style.red }[letter];
  const entry = difference.after ?? difference.before;
  const slash = entry?.type === 'directory' ? '/' : '';
  return `${colour(letter)} ${difference.path}${slash}${detailOf(difference, style)}`;
}

function detailOf({ change, what, before, after }: DiffInfo, style: Style): string {
  if (change === 'new') return after?.type === 'file' ? style.dim(`  ${formatBytes(after.size)}`) : '';
  if (change === 'deleted') return '';
  const sizes =
    before && after && before.size !== after.size
      ? ` ${formatBytes(before.size)} -> ${formatBytes(after.size)}`
      : '';
  return style.dim(`  ${what.join(', ')}${sizes}`);
}

/** A line of `history`: when, in which snapshot, what. */
export function versionLine({ snapshot, change, entry }: Version, style: Style): string {
  const what = change === 'deleted' || !entry ? style.red('deleted') : versionOf(entry);
  return `${snapshotPrefix(snapshot)}  ${what}`;
}

function versionOf(entry: EntryInfo): string {
  const size = entry.type === 'file' ? formatBytes(entry.size) : entry.type;
  return `${padStart(size, 9)}  modified ${formatMinute(entry.mtime)}`;
}

/** A line of `find`. */
export function foundLine({ snapshot, entry }: { snapshot: SnapshotInfo; entry: EntryInfo }): string {
  const size = entry.type === 'file' ? formatBytes(entry.size) : '-';
  return `${snapshotPrefix(snapshot)}  ${padStart(size, 9)}  ${entry.path}${entry.type === 'directory' ? '/' : ''}`;
}

function snapshotPrefix({ id, time }: SnapshotInfo): string {
  return `${id}  ${formatMinute(time)}`;
}
