// Puts the entries of a state into an empty directory.
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { demand } from './bytes.mjs';
import { listItems, MARK } from './entries.mjs';

const PRIVATE_DIRECTORY = 0o700;

/**
 * Restores sorted entries below `target`, which is made, or must be empty. Links are made after every file, and directories get
 * their mode and times last. Answers {entries, bytes, skipped}: devices, FIFOs and sockets cannot be made from here and are skipped.
 */
export function restoreEntries(repo, entries, target) {
  mkdirSync(target, { recursive: true });
  demand(readdirSync(target).length === 0, `${target} is not empty`);
  const root = Buffer.from(`${target}/`);
  const placed = entries.map((entry) => ({ ...entry, place: Buffer.concat([root, entry.path]) }));
  const ofType = (type) => placed.filter(({ stat }) => stat.type === type);
  for (const { place, path } of ofType('directory')) makeParents(path, root, place);
  const bytes = restoreFiles(repo, ofType('file'), root);
  for (const { place, path, stat } of ofType('link')) {
    makeParents(path, root);
    symlinkSync(stat.target, place);
  }
  const made = placed.filter(({ stat }) => ['file', 'directory', 'link'].includes(stat.type));
  for (const entry of made.reverse()) setMetadata(entry);
  return { entries: made.length, bytes, skipped: placed.length - made.length };
}

/** Makes the directories above a path, and `place` itself when it is given. */
function makeParents(path, root, place) {
  const parents = place ? place : Buffer.concat([root, path.subarray(0, Math.max(path.lastIndexOf('/'), 0))]);
  mkdirSync(parents, { recursive: true, mode: PRIVATE_DIRECTORY });
}

function restoreFiles(repo, files, root) {
  const names = new Map();
  let bytes = 0;
  for (const file of files) {
    makeParents(file.path, root);
    const group = hardLinkGroup(file);
    const first = group && names.get(group);
    if (first) {
      linkSync(first, file.place);
      continue;
    }
    bytes += writeFile(repo, file);
    if (group) names.set(group, file.place);
  }
  return bytes;
}

/** What the names of one file share; undefined for a file with one name. */
function hardLinkGroup({ stat: { links, inode, device } }) {
  return links && inode !== undefined && device !== undefined ? `${inode} ${device}` : undefined;
}

function writeFile(repo, { place, path, domain, stat, list, marks }) {
  const file = openSync(place, 'wx', 0o600);
  try {
    let position = 0;
    for (const item of listItems(repo, domain, list)) {
      demand(
        marks & MARK.changed || position + item.length <= stat.size,
        `${path}: its items are more than its size`,
      );
      if (!item.hole) writeWhole(file, repo.chunk({ domain, ...item, kind: 1 }), position);
      position += item.length;
    }
    demand(marks & MARK.changed || position === stat.size, `${path}: its items are less than its size`);
    ftruncateSync(file, position);
    return position;
  } finally {
    closeSync(file);
  }
}

function writeWhole(file, chunk, position) {
  for (let done = 0; done < chunk.length; )
    done += writeSync(file, chunk, done, chunk.length - done, position + done);
}

/** Owner (as root), mode, time of modification. Node carries times as doubles: they are good to less than a microsecond. */
function setMetadata({ place, stat }) {
  if (process.getuid?.() === 0 && stat.uid !== undefined) lchownSync(place, stat.uid, stat.gid ?? -1);
  if (stat.type !== 'link') chmodSync(place, stat.mode);
  // As text: a negative number is taken for the present moment.
  const seconds = String(Number(stat.modified.seconds) + stat.modified.nanoseconds / 1e9);
  lutimesSync(place, seconds, seconds);
}
