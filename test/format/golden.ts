// Makes the golden repositories: node test/format/golden.ts
//
// test/golden/ holds small repositories as a program of format version 1 wrote them, and what every snapshot in them must give back.
// Once a version is released they are never made again: a later program must read them as they are. Until then this regenerates them,
// in a commit that says why. Keys, times and data repeat; inodes, change times and the keys of packs do not.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addKey } from '../../src/keys.ts';
import type { RandomSource } from '../../src/model/ids.ts';
import type { Repository } from '../../src/repository/repository.ts';
import type { Secret } from '../../src/seal/secret.ts';
import { type Listed, listingOf, putTree } from './disk.ts';
import { initAt, openAt, type Place, pushFrom, SMALL_CHUNKS } from './program.ts';
import { generatedKeyText } from './writer/seal.ts';
import { noise, type Tree } from './writer/tree.ts';

export const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url));

/** What test/golden/<name>/expected.json says. */
export interface Expected {
  /** A passphrase, or a generated key as text. */
  secret: string;
  snapshots: {
    /** Hexadecimal. */
    job: string;
    number: number;
    /** 8 digits of its id. */
    snapshot: string;
    /** What stands below the source's name, by path. */
    listing: Record<string, Listed>;
  }[];
}

const directory = { type: 'directory' } as const;
const text = (words: string) => ({ type: 'file' as const, pieces: [Buffer.from(words)] });

const FIRST: Tree = {
  '.': { type: 'directory', mode: 0o750 },
  'before 1970': { ...text('old'), seconds: -1_000_000_000 },
  docs: { type: 'directory', mode: 0o700, seconds: 1_500_000_000 },
  'docs/large': { type: 'file', pieces: [noise('large', 40_000)], mode: 0o600 },
  'docs/up': { type: 'link', target: '../one' },
  'docs-2': text('sorts after what lies in docs'),
  empty: { type: 'file', mode: 0o444 },
  'hollow directory': directory,
  'name \xff\xfe': text('not UTF-8'),
  'na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac': text('UTF-8'),
  nowhere: { type: 'link', target: '/no/such \xff' },
  one: { ...text('two names'), hardLink: 7 },
  sparse: { type: 'file', pieces: [65_536, noise('island', 1000), 200_000] },
  'to be deleted': text('for a while'),
  two: { ...text('two names'), hardLink: 7 },
};
const { 'to be deleted': _, two: __, ...kept } = FIRST;
const SECOND: Tree = {
  ...kept,
  'docs/large': { type: 'file', pieces: [noise('large', 20_000), noise('edit', 300), noise('end', 20_000)] },
  'docs/new': text('new'),
  empty: directory,
  'empty/no more': { ...text('two names'), mode: 0o755 },
  one: { ...text('one name'), mode: 0o600 },
};

/** Random bytes that repeat. */
function seeded(seed: string): RandomSource {
  let count = 0;
  return (length) =>
    new Uint8Array(createHash('shake256', { outputLength: length }).update(`${seed} ${count++}`).digest());
}

async function makeGolden(name: string, secret: Secret, secretText: string): Promise<void> {
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-golden-')));
  const home = join(GOLDEN, name);
  rmSync(home, { recursive: true, force: true });
  const source = join(work, 'source');
  let minutes = 0;
  const now = () => new Date(Date.UTC(2026, 0, 1) + minutes++ * 60_000);
  const place: Place = {
    location: join(home, 'repository'),
    secret,
    machine: join(work, 'machine'),
    now,
    random: seeded(name),
  };
  mkdirSync(source);
  mkdirSync(home, { recursive: true });
  const owner = await initAt(place, SMALL_CHUNKS);
  const machine = await addMachine(owner, { ...place, machine: join(work, 'other machine') });
  const snapshots = [
    ...(await pushAll(owner, source, [FIRST, SECOND, SECOND, FIRST])),
    ...(await pushAll(machine, source, [SECOND, FIRST])),
  ];
  await owner.close();
  await machine.close();
  const expected: Expected = { secret: secretText, snapshots };
  writeFileSync(join(home, 'expected.json'), `${JSON.stringify(expected, null, 1)}\n`);
  rmSync(work, { recursive: true });
}

/** A machine with a push-only key. */
async function addMachine(owner: Repository, place: Place): Promise<Repository> {
  const secret: Secret = { kind: 'generated', key: Buffer.alloc(32, 9) };
  await addKey(owner, { secret, role: 'push-only', label: 'a machine' });
  return await openAt({ ...place, secret });
}

async function pushAll(
  repository: Repository,
  source: string,
  trees: Tree[],
): Promise<Expected['snapshots']> {
  const snapshots: Expected['snapshots'] = [];
  let before: Tree = {};
  for (const tree of trees) {
    putTree(source, tree, before);
    before = tree;
    const pushed = await pushFrom(repository, { sources: [source], tags: ['golden'] });
    snapshots.push({ ...pushed, listing: listingOf(source) });
  }
  rmSync(source, { recursive: true });
  mkdirSync(source);
  return snapshots;
}

async function main(): Promise<void> {
  const key = Buffer.alloc(32, 7);
  await makeGolden('generated-key', { kind: 'generated', key }, generatedKeyText(key));
  const passphrase = 'correct horse, Grüße, 日本';
  await makeGolden('passphrase', { kind: 'passphrase', passphrase }, passphrase);
  // No line ends to convert, nothing to compare line by line.
  writeFileSync(join(GOLDEN, '.gitattributes'), '* -text -diff\nexpected.json text eol=lf diff\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
