import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { push } from '../../src/push.ts';
import { restore } from '../../src/restore.ts';
import { makeRepository } from '../fixtures/repository.ts';
import { noise, plain } from './rig.ts';

type Edit =
  | { kind: 'file'; name: string; size: number; seed: number; mode: number; time: number }
  | { kind: 'directory'; name: string; mode: number; time: number }
  | { kind: 'symlink'; name: string; target: string; time: number }
  | { kind: 'link'; name: string; to: string }
  | { kind: 'remove'; name: string };

/** Few names, so that edits meet: a file becomes a directory, a link a file. */
const name = fc
  .array(fc.constantFrom('a', 'b', 'ä', 'a b', '.c', '*'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const time = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 });
const mode = fc.constantFrom(0o600, 0o644, 0o755, 0o700, 0o400, 0o2755, 0o4711);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    name,
    size: fc.oneof(fc.nat(5000), fc.constantFrom(0, 1, 131_072, 3_000_000)),
    seed: fc.nat(3),
    mode,
    time,
  }),
  fc.record({
    kind: fc.constant('directory' as const),
    name,
    mode: fc.constantFrom(0o700, 0o755, 0o1777),
    time,
  }),
  fc.record({
    kind: fc.constant('symlink' as const),
    name,
    target: fc.constantFrom('a', '../x', '/nowhere/at/all', 'ö'),
    time,
  }),
  fc.record({ kind: fc.constant('link' as const), name, to: name }),
  fc.record({ kind: fc.constant('remove' as const), name }),
);
const history = fc.array(fc.array(edit, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 });

/** An edit that the tree does not allow is none; nor is one through a link, which could lead anywhere. */
function apply(root: string, one: Edit): void {
  const path = join(root, one.name);
  try {
    if (!isInside(root, path) || (one.kind === 'link' && !isInside(root, join(root, one.to)))) return;
    carryOut(root, path, one);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toMatch(/^E/);
  }
}

function isInside(root: string, path: string): boolean {
  for (let at = path; at !== root; at = dirname(at)) if (lstatOf(at)?.isSymbolicLink()) return false;
  return true;
}

function carryOut(root: string, path: string, one: Edit): void {
  if (one.kind === 'link') linkSync(join(root, one.to), path);
  else if (one.kind === 'remove') rmSync(path, { recursive: true });
  else {
    if (one.kind === 'symlink') symlinkSync(one.target, path);
    else if (one.kind === 'directory') mkdirSync(path, { recursive: true });
    else writeFileSync(path, noise(one.size, one.seed));
    if (one.kind !== 'symlink') chmodSync(path, one.mode);
    lutimesSync(path, String(one.time + 0.25), String(one.time + 0.25));
  }
}

function lstatOf(path: string) {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** All there is to know of a tree, as text to compare. */
function describeTree(root: string): string[] {
  const first = new Map<string, string>();
  return ['.', ...namesBelow(root, '').sort()].map((path) => {
    const full = join(root, path);
    const stats = lstatSync(full, { bigint: true });
    const facts = [path, stats.mode.toString(8), stats.mtimeNs / 1_000_000n];
    if (stats.isSymbolicLink()) facts.push(readlinkSync(full));
    if (!stats.isFile()) return facts.join(' ');
    if (stats.nlink > 1n && !first.has(`${stats.ino}`)) first.set(`${stats.ino}`, path);
    return [...facts, readFileSync(full, 'base64').slice(0, 64), stats.size, first.get(`${stats.ino}`)].join(
      ' ',
    );
  });
}

/** Not through links, as a recursive listing of node's would. */
function namesBelow(root: string, directory: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((found) => {
    const path = join(directory, found.name);
    return found.isDirectory() ? [path, ...namesBelow(root, path)] : [path];
  });
}

const pushOptions = {
  cwd: '/',
  host: 'host',
  user: 'user',
  job: 'job',
  adoptJob: false,
  tags: [],
  oneFileSystem: false,
  excludeCaches: false,
  allowEmpty: true,
  skipUnchanged: false,
  dryRun: false,
  waitForLock: true,
  ownDirectories: [],
  workers: 0,
};

test('every snapshot of a random history restores as it was: into nothing, and over the one before', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (rounds) => {
      const made = await makeRepository();
      try {
        const over = join(made.root, 'over');
        const snapshots: { id: string; tree: string[] }[] = [];
        for (const edits of rounds) {
          for (const one of edits) apply(made.source, one);
          const { snapshot } = await push(made.repository, { ...pushOptions, sources: [made.source] });
          snapshots.push({ id: snapshot as string, tree: describeTree(made.source) });
        }
        for (const [i, { id, tree }] of snapshots.entries()) {
          const fresh = join(made.root, `fresh-${i}`);
          const all = { at: { snapshot: id }, ownership: true, verify: true, confirm: async () => true };
          expect((await restore(made.repository, { ...plain(fresh), ...all })).failed).toEqual([]);
          expect(describeTree(fresh)).toEqual(tree);
          const mirror = { ...all, deleteExtra: true };
          expect((await restore(made.repository, { ...plain(over), ...mirror })).failed).toEqual([]);
          expect(describeTree(over)).toEqual(tree);
        }
      } finally {
        await made.cleanup();
      }
    }),
    { numRuns: Number(process.env.FC_RUNS ?? 12), interruptAfterTimeLimit: 60_000 },
  );
}, 120_000);
