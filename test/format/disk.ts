// Trees of test/format/writer/tree.ts on a disk: made, changed, and looked at.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { dataOf, modeOf, type Node, secondsOf, sortedPaths, type Tree } from './writer/tree.ts';

const SLASH = Buffer.from('/');

/** Makes `after` of what `before` left in a directory: only what differs is touched. */
export function putTree(directory: string, after: Tree, before: Tree = {}): void {
  const isSame = (path: string) =>
    before[path] && JSON.stringify(before[path]) === JSON.stringify(after[path]);
  const gone = Object.keys(before).filter(
    (path) => !isSame(path) && !isKeptDirectory(before[path], after[path]),
  );
  for (const path of sortedPaths(gone).reverse())
    rmSync(below(directory, path), { recursive: true, force: true });
  for (const path of sortedPaths(Object.keys(after))) if (!isSame(path)) putNode(directory, path, after);
  for (const path of sortedPaths(Object.keys(after)).reverse())
    setTimes(below(directory, path), after[path]!);
}

function isKeptDirectory(before: Node | undefined, after: Node | undefined): boolean {
  return before?.type === 'directory' && after?.type === 'directory';
}

function putNode(directory: string, path: string, tree: Tree): void {
  const node = tree[path]!;
  const place = below(directory, path);
  if (node.type === 'directory') mkdirSync(place, { recursive: true });
  else if (node.type === 'link') symlinkSync(Buffer.from(node.target!, 'latin1'), place);
  else if (node.type === 'file') putFile(directory, path, tree);
  if (node.type !== 'link') chmodSync(place, modeOf(node));
}

function putFile(directory: string, path: string, tree: Tree): void {
  const node = tree[path]!;
  const isOther = (other: string) => other < path && tree[other]!.hardLink === node.hardLink;
  const first = node.hardLink && Object.keys(tree).find(isOther);
  if (first) linkSync(below(directory, first), below(directory, path));
  else writePieces(below(directory, path), node);
}

function writePieces(place: Buffer, { pieces = [] }: Node): void {
  const file = openSync(place, 'w');
  let position = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'number') writeSync(file, piece, 0, piece.length, position);
    position += typeof piece === 'number' ? piece : piece.length;
  }
  ftruncateSync(file, position);
  closeSync(file);
}

/** Half seconds survive every file system and every double; as text, or a negative number is taken for the present. */
function setTimes(place: Buffer, node: Node): void {
  const seconds = String(secondsOf(node) + 0.5);
  lutimesSync(place, seconds, seconds);
}

/** What stands at a path, as JSON has it. */
export interface Listed {
  type: string;
  mode?: string;
  /** Nanoseconds. */
  mtime: string;
  size?: number;
  sha256?: string;
  target?: string;
  /** The first of its other names. */
  sameAs?: string;
}

/** Everything below a path by relative path (one character a byte), what stands there itself as `.`. */
export function listingOf(directory: string): Record<string, Listed> {
  const inodes = new Map<bigint, string>();
  const paths = sortedPaths(['.', ...pathsBelow(Buffer.from(directory))]);
  return Object.fromEntries(paths.map((path) => [path, listed(below(directory, path), path, inodes)]));
}

function listed(place: Buffer, path: string, inodes: Map<bigint, string>): Listed {
  const stat = lstatSync(place, { bigint: true });
  const mtime = String(stat.mtimeNs);
  if (stat.isSymbolicLink()) return { type: 'link', mtime, target: readlinkSync(place, 'latin1') };
  const mode = (stat.mode & 0o7777n).toString(8);
  if (!stat.isFile()) return { type: stat.isDirectory() ? 'directory' : 'other', mode, mtime };
  const sameAs = inodes.get(stat.ino);
  if (!sameAs) inodes.set(stat.ino, path);
  const sha256 = createHash('sha256').update(readFileSync(place)).digest('hex');
  return { type: 'file', mode, mtime, size: Number(stat.size), sha256, ...(sameAs && { sameAs }) };
}

/** The listing that a tree has once it is on a disk. */
export function listingOfTree(tree: Tree): Record<string, Listed> {
  const firsts = new Map<number, string>();
  const paths = sortedPaths(Object.keys(tree));
  return Object.fromEntries(paths.map((path) => [path, listedNode(path, tree[path]!, firsts)]));
}

function listedNode(path: string, node: Node, firsts: Map<number, string>): Listed {
  const mtime = String(BigInt(secondsOf(node)) * 1_000_000_000n + 500_000_000n);
  if (node.type === 'link') return { type: 'link', mtime, target: node.target! };
  const mode = modeOf(node).toString(8);
  if (node.type !== 'file') return { type: node.type, mode, mtime };
  const sameAs = node.hardLink && firsts.get(node.hardLink);
  if (node.hardLink && !sameAs) firsts.set(node.hardLink, path);
  const data = dataOf(node);
  const sha256 = createHash('sha256').update(data).digest('hex');
  return { type: 'file', mode, mtime, size: data.length, sha256, ...(sameAs && { sameAs }) };
}

function below(directory: string, path: string): Buffer {
  if (path === '.') return Buffer.from(directory);
  return Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, 'latin1')]);
}

function pathsBelow(directory: Buffer): string[] {
  if (!lstatSync(directory).isDirectory()) return [];
  return readdirSync(directory, { encoding: 'buffer' }).flatMap((name) => {
    const deeper = pathsBelow(Buffer.concat([directory, SLASH, name]));
    return [name.toString('latin1'), ...deeper.map((other) => `${name.toString('latin1')}/${other}`)];
  });
}
