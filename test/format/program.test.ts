import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addKey } from '../../src/keys.ts';
import type { Repository } from '../../src/repository/repository.ts';
import type { Secret } from '../../src/seal/secret.ts';
import { listingOf, listingOfTree, putTree } from './disk.ts';
import { initAt, openAt, pushFrom, SMALL_CHUNKS } from './program.ts';
import { listManifests, openRepository, restore } from './reader.mjs';
import { generatedKeyText } from './writer/seal.ts';
import { type Node, noise, type Tree } from './writer/tree.ts';

/*
 * What the program writes, the independent reader restores byte for byte.
 */

const GENERATED = Buffer.alloc(32, 7);
const TEXT = generatedKeyText(GENERATED);
const OWNER: Secret = { kind: 'generated', key: GENERATED };

let place: string;
let source: string;
const opened: Repository[] = [];

const newPlace = () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-program-')));
  source = join(place, 'source');
  mkdirSync(source);
};
const removePlace = async () => {
  for (const repository of opened.splice(0)) await repository.close();
  rmSync(place, { recursive: true });
};
beforeEach(newPlace);
afterEach(removePlace);

const init = async (secret: Secret, chunk = SMALL_CHUNKS) => {
  const repository = await initAt(
    { location: join(place, 'repository'), secret, machine: join(place, 'machine') },
    chunk,
  );
  opened.push(repository);
  return repository;
};
const directory = { type: 'directory' } as const;

/** The independent reader restores a snapshot; answers what stands there then, below the source's name. */
function readBack(secret: string, job: string, number: number): Record<string, unknown> {
  const reader = openRepository(join(place, 'repository'), secret);
  const target = mkdtempSync(join(place, 'target-'));
  restore(reader, job, number, target);
  expect(reader.problems).toEqual([]);
  return listingOf(join(target, 'source'));
}

const FIRST: Tree = {
  '.': directory,
  a: { type: 'directory', mode: 0o2750, seconds: -86_400 },
  'a/large': { type: 'file', pieces: [noise('large', 2_000_000)] },
  'a/link': { type: 'link', target: '../no\xe9where' },
  'a-b': { type: 'file', pieces: [Buffer.from('sorts after what lies in a')], mode: 0o4755 },
  empty: { type: 'file', mode: 0o400 },
  'name \xff\xfe\n': { type: 'file', pieces: [Buffer.from('not UTF-8')] },
  one: { type: 'file', pieces: [Buffer.from('two names')], hardLink: 7 },
  sparse: {
    type: 'file',
    pieces: [1_048_576, noise('island', 4096), 3_000_000, Buffer.from('end'), 300_000],
  },
  two: { type: 'file', pieces: [Buffer.from('two names')], hardLink: 7 },
};
const { 'a-b': _, ...rest } = FIRST;
const SECOND: Tree = {
  ...rest,
  'a/large': { type: 'file', pieces: [noise('large', 1_000_000), noise('new', 20_000), noise('x', 900_000)] },
  empty: { type: 'directory' },
  'empty/x': { type: 'file', pieces: [noise('x', 900_000)] },
};

// Elsewhere a name that is not UTF-8 cannot be.
describe.runIf(process.platform === 'linux')('the reader restores what the program pushed', () => {
  const secrets: [name: string, secret: Secret, text: string][] = [
    ['a generated key', OWNER, TEXT],
    ['a passphrase', { kind: 'passphrase', passphrase: 'Grüße, 日本' }, 'Grüße, 日本'.normalize('NFD')],
  ];
  test.each(secrets)('with %s, over several pushes', async (_name, secret, text) => {
    const repository = await init(secret);
    const pushed: { job: string; number: number; tree: Tree }[] = [];
    let before: Tree = {};
    for (const tree of [FIRST, SECOND, SECOND, FIRST]) {
      putTree(source, tree, before);
      pushed.push({ ...(await pushFrom(repository, { sources: [source], tags: ['tägg'] })), tree });
      before = tree;
    }
    for (const { job, number, tree } of pushed)
      expect(readBack(text, job, number), `number ${number}`).toEqual(listingOfTree(tree));
  });

  test('in segments, and with a state once changes outgrow it', async () => {
    const repository = await init(OWNER);
    const small: Tree = { '.': directory, a: { type: 'file', pieces: [Buffer.from('a')] } };
    const links = Array.from({ length: 500 }, (_, i): [string, Node] => [
      `link ${i}`,
      { type: 'link', target: `${i}`.repeat(300) },
    ]);
    const large: Tree = { ...small, ...Object.fromEntries(links) };
    const shorter: Tree = { ...small, ...Object.fromEntries(links.slice(100, 400)) };
    const trees = [small, FIRST, large, shorter, small];
    const pushed: { job: string; number: number }[] = [];
    for (const [i, tree] of trees.entries()) {
      putTree(source, tree, trees[i - 1] ?? {});
      pushed.push(await pushFrom(repository, { sources: [source] }));
    }
    for (const [i, { job, number }] of pushed.entries())
      expect(readBack(TEXT, job, number), `number ${number}`).toEqual(listingOfTree(trees[i]!));
    const manifests = listManifests(openRepository(join(place, 'repository'), TEXT));
    expect(manifests.some(({ changes }) => changes)).toBe(true);
    expect(manifests.find(({ state }) => state)?.earlier.length).toBeGreaterThan(0);
  });

  test('of files that are edited in the same way, so that each is cut finer', async () => {
    const repository = await init(OWNER);
    const names = ['a', 'b', 'c'];
    const copies = (...pieces: Buffer[]): Tree => ({
      '.': directory,
      ...Object.fromEntries(names.map((name): [string, Node] => [name, { type: 'file', pieces }])),
    });
    const even = Buffer.alloc(60_000, 'the same again; ');
    const trees = [
      copies(noise('start', 100_000), even, noise('end', 100_000)),
      copies(noise('start', 100_000), even, Buffer.from('edit'), even, noise('end', 100_000)),
      copies(noise('start', 50_000), Buffer.from('edit'), even, noise('end', 100_000)),
    ];
    for (const [i, tree] of trees.entries()) {
      putTree(source, tree, trees[i - 1] ?? {});
      const { job, number } = await pushFrom(repository, { sources: [source] });
      expect(readBack(TEXT, job, number)).toEqual(listingOfTree(tree));
    }
  });

  test('of a machine with a push-only key', async () => {
    const owner = await init(OWNER);
    const key = Buffer.alloc(32, 9);
    await addKey(owner, { secret: { kind: 'generated', key }, role: 'push-only', label: 'machine' });
    const machine = await openAt({
      location: join(place, 'repository'),
      secret: { kind: 'generated', key },
      machine: join(place, 'other'),
    });
    opened.push(machine);
    for (const tree of [FIRST, SECOND]) {
      putTree(source, tree, tree === SECOND ? FIRST : {});
      const { job, number } = await pushFrom(machine, { sources: [source] });
      expect(readBack(TEXT, job, number)).toEqual(listingOfTree(tree));
    }
    const reader = openRepository(join(place, 'repository'), generatedKeyText(key));
    expect(reader.rows.size).toBeGreaterThan(0);
    expect(listManifests(reader)).toEqual([]);
  });

  test('from a stream', async () => {
    const repository = await init(OWNER);
    const data = noise('stream', 300_000);
    const stdin = (async function* () {
      for (let at = 0; at < data.length; at += 7777) yield data.subarray(at, at + 7777);
    })();
    const { job, number } = await pushFrom(repository, { sources: { stdin, name: 'source' } });
    expect(readBack(TEXT, job, number)['.']).toMatchObject({ size: 300_000 });
  });

  test('whatever was edited between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 2, maxLength: 4 }), async (versions) => {
        await removePlace();
        newPlace();
        const repository = await init(OWNER);
        let before: Tree = {};
        for (const tree of versions.map(grown)) {
          putTree(source, tree, before);
          const { job, number } = await pushFrom(repository, { sources: [source], allowEmpty: true });
          expect(readBack(TEXT, job, number)).toEqual(listingOfTree(tree));
          before = tree;
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

const NAMES = ['a', 'a-', 'b', 'B', '\xff', 'a b'];
const path = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((components) => components.join('/'));
const piece = fc.oneof(
  fc.integer({ min: 1, max: 200_000 }),
  fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 50_000 })).map(([seed, length]) => noise(`${seed}`, length)),
);
const node = fc.oneof(
  fc.record({
    type: fc.constant('file' as const),
    pieces: fc.array(piece, { maxLength: 3 }),
    mode: fc.constantFrom(0o600, 0o755, 0o444),
    seconds: fc.integer({ min: 0, max: 2_000_000_000 }),
  }),
  fc.record({ type: fc.constant('link' as const), target: fc.constantFrom('a', '../x', '/\xff') }),
  fc.record({ type: fc.constant('directory' as const), mode: fc.constantFrom(0o700, 0o755) }),
);
const edits = fc.dictionary(path, node, { maxKeys: 8 });

/** A tree with directories above everything that is in it. */
function grown(nodes: Record<string, Tree[string]>): Tree {
  const tree: Tree = { '.': directory, ...nodes };
  for (const name of Object.keys(nodes)) {
    const components = name.split('/');
    for (let depth = 1; depth < components.length; depth++)
      tree[components.slice(0, depth).join('/')] = directory;
  }
  return tree;
}
