// One repository with every structure of the format, and the trees that its manifests stand for.
import { randomBytes } from 'node:crypto';
import { deletion, type Field, hex, item, record, time, u8, u64, varint } from './encode.ts';
import {
  baseField,
  brief,
  DATA,
  listOf,
  type ManifestPut,
  META,
  type Put,
  putFormat,
  putIndex,
  putManifest,
  putOwnerRecord,
  putPack,
  putSlot,
  runListOf,
  type TestRepository,
} from './repository.ts';
import { chunkId, type DomainKeys, domainKeys, generatedKeyText, makeOwner } from './seal.ts';
import { entryOf, itemsOf, noise, sortedPaths, type Tree } from './tree.ts';

export const PASSPHRASE = 'Grüße, 日本';
export const RECOVERY_KEY = randomBytes(32);
export const PUSH_ONLY_KEY = randomBytes(32);
const MANY = Array.from({ length: 40 }, (_, index) => noise(`many ${index % 30}`, 100 + index));
const WHOLE = noise('whole', 70_000);

const FIRST: Tree = {
  home: { type: 'directory', seconds: 1_600_000_000 },
  'home/a': { type: 'directory', mode: 0o500, seconds: -86_400 },
  'home/a/link': { type: 'link', target: '../sparse' },
  'home/a/many': { type: 'file', pieces: MANY },
  'home/a-b': { type: 'file', pieces: [Buffer.from('sorts after what lies in a')], mode: 0o4755 },
  'home/deep': { type: 'file', pieces: [...MANY, 5_000, ...MANY] },
  'home/empty': { type: 'file', mode: 0 },
  'home/name \xff\xfe\n': { type: 'file', pieces: [Buffer.from('not UTF-8')] },
  'home/one': { type: 'file', pieces: [Buffer.from('two names')], hardLink: 7 },
  'home/part': { type: 'file', pieces: [WHOLE.subarray(30_000, 50_000)] },
  'home/pipe': { type: 'fifo' },
  'home/sparse': {
    type: 'file',
    pieces: [65_536, noise('island', 4096), 1_000_000, Buffer.from('end'), 300_000],
  },
  'home/two': { type: 'file', pieces: [Buffer.from('two names')], hardLink: 7 },
  'home/whole': { type: 'file', pieces: [WHOLE] },
};
const SECOND: Tree = { ...FIRST, 'home/new': { type: 'file', pieces: [Buffer.from('inline')] } };
delete SECOND['home/part'];
const FIFTH: Tree = {
  ...SECOND,
  'home/empty': { type: 'directory' },
  'home/empty/x': { type: 'link', target: '/etc' },
};
delete FIFTH['home/a/link'];
const OTHER: Tree = {
  srv: { type: 'directory' },
  'srv/file': { type: 'file', pieces: [Buffer.from('two names')] },
};

export type Fixture = ReturnType<typeof makeFixture>;

/** Writes the repository; answers it, its jobs and the trees by job and number. */
export function makeFixture(directory: string) {
  const repo: TestRepository = { directory, owner: makeOwner() };
  const own = domainKeys(repo.owner, '0'.repeat(32));
  const machine = domainKeys(repo.owner, randomBytes(16).toString('hex'));
  putKeys(repo, own, machine);
  const [job, machineJob] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  const { superseded, packs } = putOwnJob(repo, own, job);
  putMachineJob(repo, machine, machineJob);
  putOwnerRecords(repo, job, packs);
  const trees = { [job]: { 1: FIRST, 2: SECOND, 3: SECOND, 5: FIFTH, 6: OTHER }, [machineJob]: { 1: OTHER } };
  return {
    repo,
    own,
    machine,
    job,
    machineJob,
    superseded,
    trees: trees as Record<string, Record<number, Tree>>,
  };
}

function putKeys(repo: TestRepository, own: DomainKeys, machine: DomainKeys): void {
  const id = () => randomBytes(16).toString('hex');
  putSlot(repo, { id: id(), role: 'owner', domain: own, secret: { passphrase: PASSPHRASE } });
  putSlot(repo, { id: id(), role: 'recovery', domain: own, secret: { generated: RECOVERY_KEY } });
  putSlot(repo, { id: id(), role: 'push-only', domain: machine, secret: { generated: PUSH_ONLY_KEY } });
  putFormat(repo, { unknown: { b: 1.5, a: ['ü', null] }, features: { read: [], write: ['later'] } });
}

export const recoveryText = () => generatedKeyText(RECOVERY_KEY);
export const pushOnlyText = () => generatedKeyText(PUSH_ONLY_KEY);

/** The owner's job: a state, inline changes, a partial, a fence, changes in segments, a state beside changes. */
function putOwnJob(repo: TestRepository, own: DomainKeys, job: string) {
  const meta: Buffer[] = [];
  const depths: Record<string, number> = { 'home/a/many': 1, 'home/deep': 3 };
  const encoded = (tree: Tree, path: string) => {
    const depth = depths[path] ?? 0;
    const whole = depth > 0 ? listOf(own, itemsOf(own, tree[path]!).map(item), depth, meta, 7) : undefined;
    return entryOf(own, path, tree[path]!, whole);
  };
  const run = (tree: Tree, paths: string[], depth: number) => {
    const entries = sortedPaths(paths).map((path) => {
      const name = Buffer.from(path, 'latin1');
      return { path: name, encoded: tree[path] ? encoded(tree, path) : deletion(name) };
    });
    return runListOf(own, entries, { depth, perSegment: 2, meta });
  };
  const put = (number: number, kind: number, fields: Field[], base?: ManifestPut) =>
    putManifest(repo, own, {
      job,
      number,
      kind,
      fields: [...fields.filter(([n]) => n < 32), ...baseField(base), ...fields.filter(([n]) => n > 32)],
    });
  put(0, 0, summary('home'));
  const first = put(1, 1, [
    ...summary('home'),
    [18, varint(14), false],
    [35, run(FIRST, Object.keys(FIRST), 2)],
  ]);
  const inline = [encoded(SECOND, 'home/new'), deletion(Buffer.from('home/part'))];
  const second = put(2, 1, [...summary('home'), [33, Buffer.concat(inline)]], first);
  put(3, 2, summary('home'), second);
  put(4, 3, []);
  const changed = ['home/a/link', 'home/empty', 'home/empty/x'];
  put(
    5,
    1,
    [
      ...summary('home'),
      [34, run(FIFTH, changed, 1)],
      [36, brief(job, 3), false],
      [36, brief(job, 2), false],
    ],
    second,
  );
  put(
    6,
    1,
    [
      ...summary('srv'),
      [34, run(OTHER, Object.keys({ ...SECOND, ...OTHER }), 0)],
      [35, run(OTHER, Object.keys(OTHER), 0)],
    ],
    second,
  );
  return putChunks(repo, own, [FIRST, SECOND, FIFTH, OTHER], meta);
}

function summary(source: string): Field[] {
  const text = (value: string) => Buffer.from(value);
  return [
    [9, text('höst')],
    [10, text('user')],
    [11, text('job')],
    [12, randomBytes(16)],
    [
      13,
      record([
        [1, text(source)],
        [2, text(`/${source}`)],
        [3, u8(1)],
      ]),
    ],
    [14, record(Array.from({ length: 11 }, (_, index): Field => [index + 1, varint(index * 300)])), false],
    [
      15,
      record([
        [1, text(`${source}/x`)],
        [2, text('EACCES: denied')],
        [3, text('UNREADABLE')],
      ]),
      false,
    ],
    [16, text('0.1.0'), false],
    ...['a', 'b'].map((tag): Field => [17, text(tag)]),
    [19, u8(1)],
  ];
}

/** Puts data and meta packs and three index objects: one superseded, one that replaces it, one with the row of a part of a refined chunk. */
function putChunks(repo: TestRepository, domain: DomainKeys, trees: Tree[], meta: Buffer[]) {
  const part = WHOLE.subarray(30_000, 50_000);
  const data = distinct(piecesOf(trees).filter((piece) => !piece.equals(part)));
  const half = data.length >> 1;
  const blocks = [data.slice(0, 3), data.slice(3, half)];
  const packs = [
    putPack(repo, domain, DATA, blocks),
    putPack(
      repo,
      domain,
      DATA,
      data.slice(half).map((one) => [one]),
      { codec: 0 },
    ),
  ];
  const metaPack = putPack(repo, domain, META, [distinct(meta)]);
  const superseded = putIndex(repo, domain, packs);
  putIndex(repo, domain, [...packs, metaPack], { superseded: [superseded] });
  const holder = packs.find(({ rows }) => rows.some(({ id }) => id === chunkId(domain, WHOLE)))!;
  putIndex(repo, domain, [partOf(domain, holder, part)], {
    refined: [chunkId(domain, WHOLE)],
  });
  return { superseded, packs };
}

function partOf(domain: DomainKeys, holder: Put, part: Buffer): Put {
  const whole = holder.rows.find(({ id }) => id === chunkId(domain, WHOLE))!;
  const row = { ...whole, id: chunkId(domain, part), offset: whole.offset + 30_000, length: part.length };
  return { pack: holder.pack, rows: [row] };
}

function piecesOf(trees: Tree[]): Buffer[] {
  const nodes = trees.flatMap((tree) => Object.values(tree));
  return nodes.flatMap(({ pieces = [] }) => pieces.filter((piece) => typeof piece !== 'number'));
}

function distinct(chunks: Buffer[]): Buffer[] {
  return [...new Map(chunks.map((chunk) => [chunk.toString('latin1'), chunk])).values()];
}

/** A push-only machine's job: the same bytes as the owner's have other ids in its domain. */
function putMachineJob(repo: TestRepository, machine: DomainKeys, job: string): void {
  const registration = putManifest(repo, machine, { job, number: 0, kind: 0 });
  const encoded = sortedPaths(Object.keys(OTHER)).map((path) => entryOf(machine, path, OTHER[path]!));
  putManifest(repo, machine, {
    job,
    number: 1,
    kind: 1,
    fields: [...baseField(registration), [33, Buffer.concat(encoded)]],
  });
  putIndex(repo, machine, [putPack(repo, machine, DATA, [piecesOf([OTHER])])]);
}

function putOwnerRecords(repo: TestRepository, job: string, packs: Put[]): void {
  const ids = hex(packs.map(({ pack }) => pack.id).join(''));
  const fence = Buffer.concat([hex(job), u64(4)]);
  const condemn = putOwnerRecord(repo, 'condemn', [
    [1, time(1_700_000_000)],
    [2, ids],
    [3, fence],
    [3, fence],
  ]);
  putOwnerRecord(repo, 'pardon', [
    [1, time(1_700_000_001)],
    [2, hex(condemn)],
    [3, ids],
  ]);
  putOwnerRecord(repo, 'close', [
    [1, time(1_700_000_002)],
    [2, hex(condemn)],
  ]);
}
