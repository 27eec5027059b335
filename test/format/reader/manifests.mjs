// Section 8 of docs/format.md: manifests and the state at a number.
import { createHash } from 'node:crypto';
import {
  critical,
  decodeRecord,
  demand,
  demandFields,
  FormatError,
  is,
  optional,
  repeated,
} from './bytes.mjs';
import { comparePaths, parseRun, runEntries } from './entries.mjs';
import { FRAME, HEADER_LENGTH, openFrame, parseHeader, sealedToOwner, TYPE } from './sealing.mjs';

export const KINDS = ['registration', 'snapshot', 'partial', 'fence'];
const LAST_NUMBER = 10 ** 15 - 1;
const MAX_OBJECT = 2 ** 20;
const MAX_SKIPPED = 1000;
const MAX_TAGS = 64;
const MAX_TAG = 256;
const ALWAYS = [
  'job',
  'number',
  'kind',
  'snapshot',
  'started',
  'ended',
  'host',
  'user',
  'jobName',
  'machine',
  'platform',
];
const KEY_NAME = /^manifests\/([0-9a-f]{32})\/(\d{15})(-[0-9a-f]{8})?$/;

const SOURCE = { 1: critical('name', is.text), 2: critical('path', is.bytes), 3: critical('kind', is.u8) };
const SKIPPED = {
  1: critical('path', is.bytes),
  2: critical('reason', is.text),
  3: critical('code', is.text),
};
const COUNTS = [
  'files',
  'directories',
  'others',
  'bytes',
  'new',
  'changed',
  'deleted',
  'unchanged',
  'bytesRead',
  'bytesStored',
  'skipped',
];
const STATISTICS = Object.fromEntries(COUNTS.map((name, index) => [index + 1, critical(name, is.varint)]));

const BRIEF = {
  1: critical('job', is.id16),
  2: critical('number', is.varint),
  3: critical('kind', is.u8),
  4: critical('snapshot', is.id16),
  5: critical('started', is.time),
  6: critical('ended', is.time),
  7: optional('storeStarted', is.time),
  8: optional('storeEnded', is.time),
  9: critical('host', is.text),
  10: critical('user', is.text),
  11: critical('jobName', is.text),
  12: critical('machine', is.id16),
  18: optional('entries', is.varint),
  19: critical('platform', is.u8),
};
const MANIFEST = {
  ...BRIEF,
  13: repeated(
    critical('sources', (value) => decodeWhole(value, SOURCE, ['name', 'path', 'kind'], 'a source')),
  ),
  14: optional('statistics', (value) => decodeWhole(value, STATISTICS, COUNTS, 'statistics')),
  15: repeated(
    optional('skipped', (value) => decodeWhole(value, SKIPPED, ['path', 'reason', 'code'], 'a skipped path')),
  ),
  16: optional('version', is.text),
  17: repeated(critical('tags', is.text)),
  32: critical(
    'base',
    is.whole((cursor) => ({ number: cursor.varint(), sha256: cursor.take(32) })),
  ),
  33: critical('inlineChanges', is.bytes),
  34: critical('changes', is.bytes),
  35: critical('state', is.bytes),
  36: repeated(optional('earlier', (value) => decodeWhole(value, EARLIER, ALWAYS, 'an earlier manifest'))),
};

/** An earlier manifest without the fields 13 to 17, of which 14 to 16 would be passed over as unknown. */
const EARLIER = { ...BRIEF, ...Object.fromEntries([14, 15, 16].map((number) => [number, absent(number)])) };

function absent(number) {
  return optional(`field ${number}`, () => demand(false, `an earlier manifest with field ${number}`));
}

function decodeWhole(value, schema, names, what) {
  const record = decodeRecord(value, schema, what);
  demandFields(record, names, what);
  return record;
}

/**
 * All manifests that open, by job and number (siblings by key), and the problems with the others. A job's domain is that of its
 * registration; manifests of other domains are problems.
 */
export function loadManifests(store, keys) {
  const problems = [];
  const manifests = [];
  for (const name of store.list('manifests')) {
    try {
      manifests.push(readManifest(store, keys, name));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  const domains = domainsOfJobs(manifests);
  const isForeign = ({ jobHex, domain }) => domain !== domains.get(jobHex);
  problems.push(...manifests.filter(isForeign).map(({ key }) => `${key}: not of the domain of the job`));
  const own = manifests.filter((manifest) => !isForeign(manifest)).sort(compareManifests);
  return { manifests: own, problems };
}

function domainsOfJobs(manifests) {
  const domains = new Map();
  for (const { kind, jobHex, domain } of manifests)
    if (kind === 'registration' && !domains.has(jobHex)) domains.set(jobHex, domain);
  return domains;
}

function compareManifests(a, b) {
  if (a.jobHex !== b.jobHex) return a.jobHex < b.jobHex ? -1 : 1;
  return a.number - b.number || (a.key < b.key ? -1 : 1);
}

function readManifest(store, keys, name) {
  const match = KEY_NAME.exec(name);
  demand(match, 'not the name of a manifest');
  const bytes = store.read(name);
  demand(bytes.length <= MAX_OBJECT, `${bytes.length} bytes are more than a manifest may have`);
  const header = parseHeader(bytes, TYPE.manifest, name);
  const key = sealedToOwner(keys, name, header);
  const record = decodeRecord(
    openFrame(key, FRAME.manifest, 0, bytes.subarray(HEADER_LENGTH), name),
    MANIFEST,
    name,
  );
  demandFields(record, ALWAYS, name);
  const kind = KINDS[record.kind];
  checkManifest(record, kind, { jobHex: match[1], number: LAST_NUMBER - Number(match[2]) });
  const sha256 = createHash('sha256').update(bytes).digest();
  return { ...record, kind, key: name, jobHex: match[1], domain: header.domain, sha256 };
}

function checkManifest(record, kind, named) {
  demand(kind, `unknown kind of manifest ${record.kind}`);
  demand(record.job.toString('hex') === named.jobHex, 'the job is not the one of the key');
  demand(record.number === named.number, 'the number is not the one of the key');
  demand(
    (kind === 'registration') === (record.number === 0),
    'number 0 is the registration, and nothing else is',
  );
  demand(record.platform === 1 || record.platform === 2, `unknown platform ${record.platform}`);
  demand(record.skipped.length <= MAX_SKIPPED, 'more than 1,000 skipped paths');
  const isShort =
    record.tags.length <= MAX_TAGS && record.tags.every((tag) => Buffer.byteLength(tag) <= MAX_TAG);
  demand(isShort, 'more than 64 tags, or more than 256 bytes in one');
  checkBody(record, kind);
}

function checkBody({ number, base, inlineChanges, changes, state, earlier }, kind) {
  const isEmpty = !(base || inlineChanges || changes || state);
  demand(kind !== 'fence' || isEmpty, 'a fence with changes');
  demand(kind !== 'registration' || (isEmpty && earlier.length === 0), 'a registration with entries');
  if (kind === 'fence' || kind === 'registration') return;
  demand(!inlineChanges || !changes, 'changes both inline and in segments');
  demand(!base || base.number < number, 'a base that is not earlier');
  const numbers = [number, ...earlier.map((one) => one.number)];
  const isDescending = numbers.every((one, index) => index === 0 || one <= numbers[index - 1]);
  demand(isDescending, 'earlier manifests that are not newest first');
}

/** The entries after the manifest `from`, sorted by path; `manifests` are all of the repository's. */
export function stateAt(repo, manifests, from) {
  demand(from.kind !== 'fence', `${from.key}: a fence has no state`);
  const chain = [from];
  while (!chain.at(-1).state && chain.at(-1).base) chain.push(baseOf(manifests, chain.at(-1)));
  const state = new Map();
  for (const manifest of chain.reverse()) {
    if (manifest.state) fill(state, manifest, repo);
    else apply(state, manifest, repo);
  }
  const entries = [...state.values()].sort((a, b) => comparePaths(a.path, b.path));
  checkTree(entries);
  demand(
    from.entries === undefined || from.entries === entries.length,
    `${from.key}: field 18 is not the number of entries`,
  );
  return entries;
}

function baseOf(manifests, { key, jobHex, base }) {
  const siblings = manifests.filter((other) => other.jobHex === jobHex && other.number === base.number);
  demand(siblings.length > 0, `${key}: its base, number ${base.number}, is missing`);
  const found = siblings.find((other) => other.sha256.equals(base.sha256));
  demand(found, `${key}: its base, number ${base.number}, has another hash`);
  demand(found.kind !== 'fence', `${key}: its base, number ${base.number}, is a fence`);
  return found;
}

function fill(state, manifest, repo) {
  const entries = [...runEntries(repo, manifest.domain, manifest.state, { isChanges: false })];
  demandSorted(entries, manifest);
  for (const entry of entries)
    state.set(entry.path.toString('latin1'), { ...entry, domain: manifest.domain });
}

function apply(state, manifest, repo) {
  const changes = changesOf(manifest, repo);
  demandSorted(changes, manifest);
  for (const change of changes) {
    const path = change.path.toString('latin1');
    if (!change.deleted) state.set(path, { ...change, domain: manifest.domain });
    else demand(state.delete(path), `${manifest.key}: deletes ${path}, which was not there`);
  }
}

/** The entries that a manifest puts or deletes, in order. */
export function changesOf(manifest, repo) {
  if (manifest.inlineChanges) return parseRun(manifest.inlineChanges, { isChanges: true });
  if (!manifest.changes) return [];
  return [...runEntries(repo, manifest.domain, manifest.changes, { isChanges: true })];
}

function demandSorted(entries, { key }) {
  const isSorted = entries.every(
    ({ path }, index) => index === 0 || comparePaths(entries[index - 1].path, path) < 0,
  );
  demand(isSorted, `${key}: its entries are not in ascending order`);
}

/** Every path but a source's root lies below a directory that is there. */
function checkTree(entries) {
  const types = new Map(entries.map(({ path, stat }) => [path.toString('latin1'), stat.type]));
  for (const path of types.keys()) {
    if (!path.includes('/')) continue;
    const parent = types.get(path.slice(0, path.lastIndexOf('/')));
    demand(parent === 'directory', `${path} lies below a ${parent ?? 'path that is not there'}`);
  }
}
